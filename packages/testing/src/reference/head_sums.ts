import type { Expected, OpArgs } from '../op-cases.js';

interface Input {
  S: number;
  H: number;
  L: number;
  values: Float32Array;
  heads: Uint8Array;
  factor: number;
  sums: Float32Array;
}

/** sums[s,t] += factor * sum over chosen h of values[s,h,t]. */
export function headSums(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const sums = Float64Array.from(a.sums);
  for (let s = 0; s < a.S; s++) {
    for (let h = 0; h < a.H; h++) {
      for (let t = 0; t < a.L && a.heads[h]; t++) {
        sums[s * a.L + t]! += a.factor * a.values[(s * a.H + h) * a.L + t]!;
      }
    }
  }
  return { sums };
}
