import type { Expected, OpArgs } from '../op-cases.js';

/** packed[p,k,j] = weight[16 p + j, k], and 0 where there is no such output. */
export function packLinear(args: OpArgs): Expected {
  const { N, K, panels, weight } = args as {
    N: number;
    K: number;
    panels: number;
    weight: Float32Array;
  };
  const packed = new Float32Array(panels * K * 16);
  for (let n = 0; n < N; n++) {
    const first = (n - (n % 16)) * K + (n % 16);
    for (let k = 0; k < K; k++) packed[first + 16 * k] = weight[n * K + k]!;
  }
  return { packed };
}
