// Dense float64 maps: the paper's sums, term by term, for [B,H,T,D] inputs (2510.13554, eq. 7, 9, 10).
import { tensor, type Tensor } from '@anacrusis/tensor';
import { Random } from '@anacrusis/testing';

export interface Sizes {
  B: number;
  H: number;
  Hkv: number;
  T: number;
  D: number;
}

export function randomQk(
  { B, H, Hkv, T, D }: Sizes,
  seed: number,
  scale = 1,
): { q: Tensor; k: Tensor } {
  const random = new Random(seed);
  return {
    q: tensor(random.f32(B * H * T * D, scale), [B, H, T, D]),
    k: tensor(random.f32(B * Hkv * T * D), [B, Hkv, T, D]),
  };
}

/** maps[b][h][t][s] */
export function denseMaps(q: Tensor, k: Tensor): number[][][][] {
  const [B, H, T, D] = q.shape as [number, number, number, number];
  const Hkv = k.shape[1]!;
  const dot = (i: number, j: number): number => {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += q.f32[i * D + d]! * k.f32[j * D + d]!;
    return sum / Math.sqrt(D);
  };
  return Array.from({ length: B }, (_, b) =>
    Array.from({ length: H }, (_, h) =>
      Array.from({ length: T }, (_, t) => {
        const kv = b * Hkv + Math.floor((h * Hkv) / H);
        const scores = Array.from({ length: t + 1 }, (_, s) =>
          dot((b * H + h) * T + t, kv * T + s),
        );
        const largest = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - largest));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        return weights.map((weight) => weight / total);
      }),
    ),
  );
}

export function denseWaad(map: number[][], window: number): number[] {
  return map.map((row, t) => row.reduce((sum, a, s) => sum + a * Math.min(t - s, window), 0));
}

/** NaN where the horizon is empty. */
export function denseFai(map: number[][], hLo: number, hHi: number): number[] {
  return map.map((_, s) => {
    const column = map.slice(s + hLo, Math.min(map.length - 1, s + hHi) + 1).map((row) => row[s]!);
    return column.reduce((sum, a) => sum + a, 0) / column.length;
  });
}
