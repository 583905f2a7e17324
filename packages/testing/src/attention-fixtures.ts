import type { OpArgs } from './op-cases.js';
import type { Random } from './random.js';

/** Shapes around register, tile and block sizes: [H, Hkv, D, lengths of the sequences]. */
export const attentionShapes: [number, number, number, number[]][] = [
  [1, 1, 1, []],
  [1, 1, 1, [0, 0]],
  [1, 1, 1, [1]],
  [3, 1, 5, [0, 2, 0, 7]],
  [4, 2, 32, [31, 29, 33, 1, 30]],
  [2, 2, 16, [15, 16, 17, 64, 65]],
  [6, 2, 20, [63, 130]],
  [5, 5, 9, [8, 9, 127, 3]],
  [7, 1, 33, [41, 86]],
  [65, 1, 4, [3, 11]],
  [4, 2, 64, [143]],
  [2, 1, 128, [131, 60]],
  [2, 2, 96, [34, 17]],
  [1, 1, 100, [65, 33]],
  [2, 1, 256, [33, 19]],
  [3, 1, 131, [9, 24]],
  [4, 2, 260, [3, 8]],
  [2, 1, 7, [259]],
  [1, 1, 3, [389]],
];

/** Inputs of the attention ops for sequences of these lengths. */
export function attentionArgs(
  random: Random,
  [H, Hkv, D, lengths]: (typeof attentionShapes)[number],
  scale = 1.3 / Math.sqrt(D),
): OpArgs & { T: number } {
  const offsets = Int32Array.from([
    0,
    ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b)),
  ]);
  const T = offsets.at(-1)!;
  const [q, k, v] = [H, Hkv, Hkv].map((heads) => random.f32(T * heads * D));
  return { T, H, Hkv, D, S: lengths.length, q, k, v, offsets, scale };
}
