import type { Random } from './random.js';

export interface Packed {
  T: number;
  S: number;
  offsets: Int32Array;
  mask: Uint8Array;
}

/** Sequences of 0 to `longest` tokens packed one after another, some of them masked wholly or in part. */
export function packedSequences(r: Random, S: number, longest: number): Packed {
  const offsets = new Int32Array(S + 1);
  for (let s = 0; s < S; s++) offsets[s + 1] = offsets[s]! + r.integer(0, longest);
  const mask = r.flags(offsets[S]!, 0.8);
  for (let s = 0; s < S; s++) if (r.uniform() < 0.15) mask.fill(0, offsets[s], offsets[s + 1]);
  return { T: offsets[S]!, S, offsets, mask };
}

/** Sequences of these lengths, every third token masked. */
export function packedLengths(...lengths: number[]): Packed {
  const offsets = Int32Array.from([0, ...lengths]);
  for (let s = 0; s < lengths.length; s++) offsets[s + 1]! += offsets[s]!;
  const T = offsets[lengths.length]!;
  const mask = Uint8Array.from({ length: T }, (_, i) => (i % 3 === 1 ? 0 : 1));
  return { T, S: lengths.length, offsets, mask };
}

export const aggregations = [
  'token-mean',
  'seq-mean-token-mean',
  'seq-mean-token-sum',
  'seq-mean-token-sum-norm',
] as const;
