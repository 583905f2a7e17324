// Expected ids: the byte-pair encoder of golden/tokenizer/make_tokenizer.py, which shares no code with
// the encoder under test.
import { readFileSync } from 'node:fs';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTokenizer } from '@anacrusis/lm';
import { describe, expect, it } from 'vitest';
import { goldenFolder } from './golden.js';

interface Case {
  text: string;
  ids: number[];
  tokens: string[];
  decoded: string;
}

const folder = goldenFolder('tokenizer');
const cases = JSON.parse(readFileSync(`${folder}/cases.json`, 'utf8')) as Case[];
const tokenizer = loadTokenizer(folder);

describe.each(cases)('$text', ({ text, ids, tokens, decoded }) => {
  it('has the ids and tokens of the reference', () => {
    expect([...tokenizer.encode(text)]).toEqual(ids);
    expect(ids.map((id) => tokenizer.tokenOf(id))).toEqual(tokens);
  });

  it('decodes', () => {
    expect(tokenizer.decode(ids)).toBe(decoded);
    expect(tokenizer.decode(Int32Array.from(ids))).toBe(decoded);
  });
});

describe('special tokens', () => {
  const chat = '<|im_start|>user\n<think>the</think><|im_end|>';

  it('are those that the file calls special', () => {
    expect([...tokenizer.specialIds]).toEqual([316, 317, 318]);
    expect(tokenizer.idOf('<|im_end|>')).toBe(318);
    expect(tokenizer.idOf('no such token')).toBeUndefined();
  });

  it('can be left out; other added tokens stay', () => {
    const ids = tokenizer.encode(chat);
    expect(tokenizer.decode(ids)).toBe(chat);
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('user\n<think>the</think>');
    expect(tokenizer.decode([318, 316], { skipSpecialTokens: true })).toBe('');
  });
});

describe('bad input', () => {
  it('refuses what is no token', () => {
    expect(() => tokenizer.decode([1, 99_999])).toThrow(/ids\[1\].*99999/);
    expect(() => tokenizer.decode([-1])).toThrow(/ids\[0\]/);
    expect(() => tokenizer.decode([0.5])).toThrow(/ids\[0\]/);
    expect(() => tokenizer.encode(7 as never)).toThrow(/text.*string/);
  });

  it.each([
    ['{"model": ', /not JSON/],
    ['[]', /object/],
    ['{"model": {}}', /not a tokenizer/],
    ['{"model": {"type": "None"}, "decoder": null, "post_processor": null}', /not a tokenizer/],
  ])('refuses the file %j', (content, reason) => {
    const bad = mkdtempSync(join(tmpdir(), 'tokenizer-'));
    writeFileSync(join(bad, 'tokenizer.json'), content);
    expect(() => loadTokenizer(bad)).toThrow(reason);
    expect(() => loadTokenizer(bad)).toThrow(
      expect.objectContaining({ file: join(bad, 'tokenizer.json') }),
    );
  });

  it('names the file that is missing', () => {
    expect(() => loadTokenizer(join(tmpdir(), 'nowhere-at-all'))).toThrow(/tokenizer\.json/);
  });
});
