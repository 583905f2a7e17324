import { ArgumentRangeError, ArgumentTypeError, checkString } from './errors.js';

/** A fixed list of tokens with greedy longest-match encoding. */
export interface Vocabulary {
  readonly tokens: readonly string[];
  encode(text: string): number[];
  decode(ids: ArrayLike<number>): string;
}

/**
 * A vocabulary over texts that contain only the given tokens: each token is the longest one that
 * matches where the one before ended. Ids are places in the list.
 *
 * `encode` throws ArgumentRangeError where nothing matches, `decode` for an id that is no token.
 */
export function makeVocabulary(tokens: readonly string[]): Vocabulary {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const longest = Math.max(...tokens.map((token) => token.length));

  function encode(text: string): number[] {
    checkString('text', text);
    const out: number[] = [];
    for (let at = 0; at < text.length;) {
      let length = Math.min(longest, text.length - at);
      let id = ids.get(text.slice(at, at + length));
      while (id === undefined && length > 1) id = ids.get(text.slice(at, at + --length));
      if (id === undefined) {
        throw new ArgumentRangeError(`text[${at}]`, 'a token', text.slice(at, at + 1));
      }
      out.push(id);
      at += length;
    }
    return out;
  }

  function decode(list: ArrayLike<number>): string {
    checkIds(list);
    let text = '';
    for (let i = 0; i < list.length; i++) {
      const id: unknown = list[i];
      const token = typeof id === 'number' ? tokens[id] : undefined;
      if (token === undefined) {
        throw new ArgumentRangeError(`ids[${i}]`, `a token id in 0..${tokens.length - 1}`, id);
      }
      text += token;
    }
    return text;
  }

  return { tokens, encode, decode };
}

/** Throws unless `ids` can be read as a list. */
export function checkIds(ids: unknown): void {
  const listed = Array.isArray(ids) || (ArrayBuffer.isView(ids) && 'length' in ids);
  if (!listed) throw new ArgumentTypeError('ids', 'an array or typed array of token ids', ids);
}
