import type { Countdown } from '@anacrusis/envs';

/**
 * `tokenizer.json` of a task whose vocabulary is signs and whole numbers: numbers are split off, and
 * those of two digits are merged from their digits.
 */
export function tokenizerJson(task: Countdown): Uint8Array {
  const vocabulary = task.vocabulary();
  const pairs = vocabulary.filter((token) => /^\d\d$/.test(token));
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: {
      type: 'Split',
      pattern: { Regex: '[0-9]+|[^0-9]' },
      behavior: 'Isolated',
      invert: false,
    },
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      merges: pairs.map((token) => [token[0], token[1]]),
    },
  };
  return Buffer.from(JSON.stringify(json, null, 1) + '\n');
}

/** `generation_config.json`: the sign that ends an answer is the end of the text. */
export function generationConfigJson(task: Countdown): Uint8Array {
  const [end] = task.encode(task.endToken);
  return Buffer.from(JSON.stringify({ do_sample: true, eos_token_id: end }, null, 1) + '\n');
}
