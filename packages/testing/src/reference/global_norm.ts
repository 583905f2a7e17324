import type { Expected, OpArgs } from '../op-cases.js';

/** Root of the sum of squares over all arrays, and how many elements are not finite. */
export function globalNorm(args: OpArgs): Expected {
  const elements = (args.grads as Float32Array[]).flatMap((array) => Array.from(array));
  const squares = elements.reduce((sum, x) => sum + x * x, 0);
  const bad = elements.filter((x) => !Number.isFinite(x)).length;
  return { norm: [Math.sqrt(squares)], nonfinite: [bad] };
}
