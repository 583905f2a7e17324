import type { Expected, OpArgs } from '../op-cases.js';

/** y[r,n] = sum over k of x[r,k] packed[n / 16, k, n % 16] (+ bias[n]) (+ y[r,n]). */
export function packedLinear(args: OpArgs): Expected {
  const {
    R,
    N,
    K,
    x,
    packed,
    bias,
    accumulate,
    y: before,
  } = args as {
    R: number;
    N: number;
    K: number;
    x: Float32Array;
    packed: Float32Array;
    bias?: Float32Array;
    accumulate: boolean;
    y: Float32Array;
  };
  const y = new Float64Array(R * N);
  for (let r = 0; r < R; r++) {
    for (let n = 0; n < N; n++) {
      let sum = (bias?.[n] ?? 0) + (accumulate ? before[r * N + n]! : 0);
      for (let k = 0; k < K; k++) {
        sum += x[r * K + k]! * packed[(Math.floor(n / 16) * K + k) * 16 + (n % 16)]!;
      }
      y[r * N + n] = sum;
    }
  }
  return { y };
}
