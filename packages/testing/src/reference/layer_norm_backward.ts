import type { Expected, OpArgs } from '../op-cases.js';

/**
 * By the chain rule through mean and variance: with g = w dy, n = (x - mean) r,
 * dx_k = r (g_k - (1/D) sum_j g_j - (n_k / D) sum_j g_j n_j).
 */
export function layerNormBackward(args: OpArgs): Expected {
  const { N, D, x, weight, mean, inv_std, dy, dweight, dbias } = args as {
    N: number;
    D: number;
    dbias?: Float32Array;
  } & Record<'x' | 'weight' | 'mean' | 'inv_std' | 'dy' | 'dweight', Float32Array>;
  const dx = new Float64Array(N * D);
  const dw = Float64Array.from(dweight);
  const db = Float64Array.from(dbias ?? []);
  for (let i = 0; i < N; i++) {
    const r = inv_std[i]!;
    let sumG = 0;
    let sumGn = 0;
    for (let j = 0; j < D; j++) {
      const g = weight[j]! * dy[i * D + j]!;
      const n = (x[i * D + j]! - mean[i]!) * r;
      sumG += g;
      sumGn += g * n;
      dw[j]! += dy[i * D + j]! * n;
      if (dbias) db[j]! += dy[i * D + j]!;
    }
    for (let k = 0; k < D; k++) {
      const n = (x[i * D + k]! - mean[i]!) * r;
      dx[i * D + k] = r * (weight[k]! * dy[i * D + k]! - sumG / D - (n * sumGn) / D);
    }
  }
  return { dx, dweight: dw, dbias: db };
}
