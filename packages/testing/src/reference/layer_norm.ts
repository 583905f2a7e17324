import type { Expected, OpArgs } from '../op-cases.js';

/** y = (x - mean) w / sqrt(var + eps) + b, var over D (1607.06450, eq. 3 and 4). */
export function layerNorm(args: OpArgs): Expected {
  const { N, D, x, weight, bias, eps } = args as {
    N: number;
    D: number;
    x: Float32Array;
    weight: Float32Array;
    bias?: Float32Array;
    eps: number;
  };
  const mean = new Float64Array(N);
  const inv_std = new Float64Array(N);
  const y = new Float64Array(N * D);
  for (let i = 0; i < N; i++) {
    const row = Array.from(x.subarray(i * D, (i + 1) * D));
    mean[i] = row.reduce((sum, value) => sum + value, 0) / D;
    const variance = row.reduce((sum, value) => sum + (value - mean[i]!) ** 2, 0) / D;
    inv_std[i] = 1 / Math.sqrt(variance + eps);
    row.forEach((value, j) => {
      y[i * D + j] = (value - mean[i]!) * inv_std[i]! * weight[j]! + (bias?.[j] ?? 0);
    });
  }
  return { y, mean, inv_std };
}
