// A load-save round trip is compared with the files that transformers wrote (golden/make.py).
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Qwen3Model } from '@anacrusis/lm';
import {
  CheckpointError,
  namedArray,
  readSafetensors,
  writeSafetensorsFile,
  type NamedArray,
} from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';
import { GOLDENS, goldenFolder } from './golden.js';

const fresh = (): string => mkdtempSync(join(tmpdir(), 'lm-'));
const INDEX = 'model.safetensors.index.json';
const json = (...path: string[]): Record<string, unknown> =>
  JSON.parse(readFileSync(join(...path), 'utf8')) as Record<string, unknown>;

/** A copy of a golden folder with a tokenizer beside the weights. */
function copyOf(name: string): string {
  const folder = fresh();
  cpSync(goldenFolder(name), folder, { recursive: true });
  for (const file of ['golden.json', 'golden.safetensors']) rmSync(join(folder, file));
  cpSync(goldenFolder('tokenizer'), folder, {
    recursive: true,
    filter: (path) => !/cases|\.py/.test(path),
  });
  return folder;
}

describe.each(GOLDENS)('round trip of %s', (name) => {
  const source = copyOf(name);
  const target = join(fresh(), 'saved');
  Qwen3Model.load(source).save(target);

  it('keeps the files, their tensors and every byte', () => {
    expect(readdirSync(target).sort()).toEqual(readdirSync(source).sort());
    for (const file of readdirSync(source).filter((one) => one.endsWith('.safetensors'))) {
      const before = readSafetensors(join(source, file));
      const after = readSafetensors(join(target, file));
      expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
      expect(after.metadata).toEqual(before.metadata);
      for (const [tensor, { dtype, shape, data }] of before.tensors) {
        expect(after.tensors.get(tensor)).toEqual({ dtype, shape, data });
      }
    }
  });

  it('keeps the JSON, and the tokenizer byte for byte', () => {
    expect(json(target, 'config.json')).toEqual(json(source, 'config.json'));
    if (existsSync(join(source, INDEX))) expect(json(target, INDEX)).toEqual(json(source, INDEX));
    for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
      expect(readFileSync(join(target, file))).toEqual(readFileSync(join(source, file)));
    }
  });
});

describe('saving', () => {
  it('rounds changed weights to the stored type, or to the one asked for', () => {
    const model = Qwen3Model.load(goldenFolder('bf16'));
    const weight = model.parameters().get('model.norm.weight')!;
    weight.f32[0] = 1 + 2 ** -9; // between the bfloat16 1 and 1 + 2^-7
    const [same, wide] = [join(fresh(), 'a'), join(fresh(), 'b')];
    model.save(same);
    model.save(wide, { dtype: 'F32' });
    const first = (folder: string): number =>
      Qwen3Model.load(folder).parameters().get('model.norm.weight')!.f32[0]!;
    expect(first(same)).toBe(1);
    expect(first(wide)).toBe(1 + 2 ** -9);
    expect(json(wide, 'config.json')).toEqual({ ...json(same, 'config.json'), dtype: 'float32' });
  });

  it('states the size in the index when the type changes', () => {
    const folder = join(fresh(), 'saved');
    Qwen3Model.load(goldenFolder('sharded')).save(folder, { dtype: 'F16' });
    const size = (json(goldenFolder('sharded'), INDEX)['metadata'] as { total_size: number })
      .total_size;
    expect(json(folder, INDEX)['metadata']).toMatchObject({ total_size: size / 2 });
  });

  it('overwrites nothing', () => {
    const folder = join(fresh(), 'saved');
    const model = Qwen3Model.load(goldenFolder('tied-gqa'));
    model.save(folder);
    const before = readFileSync(join(folder, 'model.safetensors'));
    expect(() => model.save(folder)).toThrow(expect.objectContaining({ code: 'exists' }));
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(before);
    expect(() => model.save(join(folder, 'config.json'))).toThrow(CheckpointError);
  });
});

/** Rewrites the weights of a folder with one file. */
function rewrite(folder: string, change: (tensors: Map<string, NamedArray>) => void): void {
  const file = join(folder, 'model.safetensors');
  const { tensors } = readSafetensors(file);
  change(tensors);
  writeSafetensorsFile(file, tensors);
}

const NORM = 'model.norm.weight';
const EMBEDDING = 'model.embed_tokens.weight';
const SHARD = 'model-00002-of-00003.safetensors';

describe('a tied checkpoint with a head', () => {
  it('is taken when the head is the embedding, and saved with it', () => {
    const folder = copyOf('bf16');
    rewrite(folder, (tensors) => tensors.set('lm_head.weight', tensors.get(EMBEDDING)!));
    const target = join(fresh(), 'saved');
    const model = Qwen3Model.load(folder);
    expect(model.parameters().has('lm_head.weight')).toBe(false);
    model.save(target);
    const { tensors } = readSafetensors(join(target, 'model.safetensors'));
    expect(tensors.get('lm_head.weight')).toEqual(tensors.get(EMBEDDING));
  });

  it('is refused when they differ', () => {
    const folder = copyOf('bf16');
    rewrite(folder, (tensors) => {
      const { dtype, shape, data } = tensors.get(EMBEDDING)!;
      tensors.set('lm_head.weight', { dtype, shape, data: Uint8Array.from(data).fill(0) });
    });
    expect(() => Qwen3Model.load(folder)).toThrow(/lm_head\.weight.*differs/);
  });
});

describe('bad weights', () => {
  it.each<[string, (tensors: Map<string, NamedArray>) => void, RegExp]>([
    ['a missing tensor', (tensors) => tensors.delete(NORM), /model\.norm\.weight: missing/],
    [
      'a tensor too many',
      (tensors) => tensors.set('model.extra', namedArray(new Float32Array(1))),
      /model\.extra: not a parameter/,
    ],
    [
      'a shape',
      (tensors) => tensors.set(NORM, namedArray(new Float32Array(65))),
      /model\.norm\.weight: expected shape \[64\], received \[65\]/,
    ],
    [
      'a transposed matrix',
      (tensors) => tensors.set(EMBEDDING, namedArray(new Float32Array(64 * 61), [64, 61])),
      /expected shape \[61, 64\], received \[64, 61\]/,
    ],
    [
      'a dtype',
      (tensors) => tensors.set(NORM, namedArray(new Int32Array(64))),
      /expected F32, BF16 or F16, received I32/,
    ],
  ])('refuses %s', (_, change, reason) => {
    const folder = copyOf('tied-gqa');
    rewrite(folder, change);
    expect(() => Qwen3Model.load(folder)).toThrow(reason);
    expect(() => Qwen3Model.load(folder)).toThrow(CheckpointError);
  });

  it('refuses a cut file', () => {
    const folder = copyOf('tied-gqa');
    const file = join(folder, 'model.safetensors');
    writeFileSync(file, readFileSync(file).subarray(0, 5000));
    expect(() => Qwen3Model.load(folder)).toThrow(
      expect.objectContaining({ file, code: 'corrupt' }),
    );
  });

  it.each([
    ['a path', { [NORM]: '../model-00001-of-00003.safetensors' }, /plain name/],
    ['an absolute path', { [NORM]: '/etc/passwd.safetensors' }, /plain name/],
    ['a backslash', { [NORM]: '..\\x.safetensors' }, /plain name/],
    ['a number', { [NORM]: 3 }, /plain name/],
    ['a file of another kind', { [NORM]: 'config.json' }, /plain name/],
    ['a shard that is not there', { [NORM]: 'other.safetensors' }, /other\.safetensors/],
    ['the wrong shard', { [EMBEDDING]: SHARD }, /the index has it in|missing, though in the index/],
    ['a tensor that no shard has', { 'model.extra': SHARD }, /model\.extra: missing, though/],
  ])('refuses an index with %s', (_, change, reason) => {
    const folder = copyOf('sharded');
    const index = json(folder, INDEX) as { weight_map: object };
    const changed = { ...index, weight_map: { ...index.weight_map, ...change } };
    writeFileSync(join(folder, INDEX), JSON.stringify(changed));
    expect(() => Qwen3Model.load(folder)).toThrow(CheckpointError);
    expect(() => Qwen3Model.load(folder)).toThrow(reason);
  });

  it.each(['[]', '{', '{"weight_map": [1]}', '{"weight_map": {}}', '\ufffd'])(
    'refuses the index %j',
    (text) => {
      const folder = copyOf('sharded');
      writeFileSync(join(folder, INDEX), text);
      expect(() => Qwen3Model.load(folder)).toThrow(CheckpointError);
    },
  );

  it('refuses a tensor in two shards, and a shard with more than the index says', () => {
    const folder = copyOf('sharded');
    const file = join(folder, SHARD);
    const { tensors } = readSafetensors(file);
    const first = readSafetensors(join(folder, 'model-00001-of-00003.safetensors')).tensors;
    tensors.set(EMBEDDING, first.get(EMBEDDING) ?? namedArray(new Float32Array(97 * 34), [97, 34]));
    writeSafetensorsFile(file, tensors);
    expect(() => Qwen3Model.load(folder)).toThrow(/embed_tokens\.weight: the index has it in/);
  });

  it('names what is missing', () => {
    const folder = fresh();
    expect(() => Qwen3Model.load(folder)).toThrow(
      expect.objectContaining({ code: 'notFound', file: join(folder, 'config.json') }),
    );
    cpSync(join(goldenFolder('bf16'), 'config.json'), join(folder, 'config.json'));
    expect(() => Qwen3Model.load(folder)).toThrow(/neither model\.safetensors nor/);
    writeFileSync(join(folder, 'config.json'), '{"model_type": "qwen3"');
    expect(() => Qwen3Model.load(folder)).toThrow(/config\.json: not JSON/);
  });
});
