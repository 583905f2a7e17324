import type { Expected, OpArgs } from '../op-cases.js';

/** With s = w dy and r = inv_rms: dx_k = r s_k - r^3 x_k (s . x) / D, dw_k += sum dy_k x_k r. */
export function rmsNormBackward(args: OpArgs): Expected {
  const { N, D, x, weight, inv_rms, dy, dweight } = args as { N: number; D: number } & Record<
    'x' | 'weight' | 'inv_rms' | 'dy' | 'dweight',
    Float32Array
  >;
  const dx = new Float64Array(N * D);
  const dw = Float64Array.from(dweight);
  for (let i = 0; i < N; i++) {
    const r = inv_rms[i]!;
    let dot = 0;
    for (let j = 0; j < D; j++) dot += weight[j]! * dy[i * D + j]! * x[i * D + j]!;
    for (let k = 0; k < D; k++) {
      const at = i * D + k;
      dx[at] = r * weight[k]! * dy[at]! - (r ** 3 * x[at]! * dot) / D;
      dw[k]! += dy[at]! * x[at]! * r;
    }
  }
  return { dx, dweight: dw };
}
