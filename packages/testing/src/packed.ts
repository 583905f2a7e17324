import type { Random } from './random.js';

/** Sequences of 0 to `longest` tokens packed one after another, some of them masked wholly or in part. */
export function packedSequences(
  r: Random,
  S: number,
  longest: number,
): { T: number; S: number; offsets: Int32Array; mask: Uint8Array } {
  const offsets = new Int32Array(S + 1);
  for (let s = 0; s < S; s++) offsets[s + 1] = offsets[s]! + r.integer(0, longest);
  const mask = r.flags(offsets[S]!, 0.8);
  for (let s = 0; s < S; s++) if (r.uniform() < 0.15) mask.fill(0, offsets[s], offsets[s + 1]);
  return { T: offsets[S]!, S, offsets, mask };
}

export const aggregations = [
  'token-mean',
  'seq-mean-token-mean',
  'seq-mean-token-sum',
  'seq-mean-token-sum-norm',
] as const;
