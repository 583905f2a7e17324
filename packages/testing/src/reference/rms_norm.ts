import type { Expected, OpArgs } from '../op-cases.js';

/** y = x w / sqrt(mean x^2 + eps) (1910.07467, eq. 4). */
export function rmsNorm(args: OpArgs): Expected {
  const { N, D, x, weight, eps } = args as {
    N: number;
    D: number;
    x: Float32Array;
    weight: Float32Array;
    eps: number;
  };
  const inv_rms = Float64Array.from({ length: N }, (_, i) => {
    let squares = 0;
    for (let j = 0; j < D; j++) squares += x[i * D + j]! ** 2;
    return 1 / Math.sqrt(squares / D + eps);
  });
  const y = Float64Array.from(
    x,
    (value, i) => value * weight[i % D]! * inv_rms[Math.floor(i / D)]!,
  );
  return { y, inv_rms };
}
