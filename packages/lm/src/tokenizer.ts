import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer as Implementation } from '@huggingface/tokenizers';
import { ArgumentError } from '@anacrusis/native';
import { CheckpointError } from '@anacrusis/tensor';
import { readJsonObject } from './read-file.js';

const MAX_BYTES = 1 << 28;

/** The tokenizer of a Hugging Face folder (`tokenizer.json`). */
export class Tokenizer {
  readonly #implementation: Implementation;
  readonly #special: ReadonlySet<number>;

  /**
   * @param tokenizer the content of `tokenizer.json`
   * @param config the content of `tokenizer_config.json`
   * @throws Error when a part of it is of a kind that `@huggingface/tokenizers` does not know
   */
  constructor(tokenizer: object, config: object = {}) {
    // Decoding is to give the text back: the library's default removes spaces before punctuation.
    const settings = { clean_up_tokenization_spaces: false, ...config };
    this.#implementation = new Implementation(tokenizer, settings);
    const added = [...this.#implementation.get_added_tokens_decoder()];
    this.#special = new Set(added.filter(([, token]) => token.special).map(([id]) => id));
  }

  /** Ids of the special tokens (end of text, turn marks, ...). */
  get specialIds(): ReadonlySet<number> {
    return this.#special;
  }

  /**
   * Token ids of a text. Special tokens written in the text are recognised.
   * @param options.addSpecialTokens apply the template of `tokenizer.json` (default true; Qwen has none)
   */
  encode(text: string, { addSpecialTokens = true } = {}): Int32Array {
    if (typeof text !== 'string') throw refused('encode', 'text', 'a string', typeof text);
    const { ids } = this.#implementation.encode(text, { add_special_tokens: addSpecialTokens });
    return Int32Array.from(ids);
  }

  /**
   * Text of token ids.
   * @param options.skipSpecialTokens leave special tokens out (default false)
   * @throws ArgumentError for an id that is no token
   */
  decode(ids: ArrayLike<number>, { skipSpecialTokens = false } = {}): string {
    const all = Array.from(ids);
    all.forEach((id, i) => this.#tokenAt(id, `ids[${i}]`));
    const kept = skipSpecialTokens ? all.filter((id) => !this.#special.has(id)) : all;
    return kept.length === 0 ? '' : this.#implementation.decode(kept);
  }

  /** The id of a token as the vocabulary spells it; undefined where there is none. */
  idOf(token: string): number | undefined {
    return this.#implementation.token_to_id(token);
  }

  /** The token as the vocabulary spells it. @throws ArgumentError for an id that is no token */
  tokenOf(id: number): string {
    return this.#tokenAt(id, 'id');
  }

  #tokenAt(id: number, parameter: string): string {
    const token = this.#implementation.id_to_token(id);
    if (token === undefined) throw refused('tokenizer', parameter, 'the id of a token', String(id));
    return token;
  }
}

/**
 * The tokenizer of a Hugging Face folder: `tokenizer.json`, and `tokenizer_config.json` if present.
 * @throws CheckpointError naming the file and the reason
 */
export function loadTokenizer(folder: string): Tokenizer {
  const path = join(folder, 'tokenizer.json');
  const configPath = join(folder, 'tokenizer_config.json');
  const tokenizer = readJsonObject(path, MAX_BYTES);
  const config = existsSync(configPath) ? readJsonObject(configPath, MAX_BYTES) : {};
  try {
    return new Tokenizer(tokenizer, config);
  } catch (error) {
    const reason = `not a tokenizer: ${(error as Error).message}`;
    throw new CheckpointError('corrupt', path, reason, { cause: error });
  }
}

function refused(op: string, parameter: string, expected: string, received: string): ArgumentError {
  return new ArgumentError({ code: 'ERR_TYPE', op, parameter, expected, received });
}
