import type { Expected, OpArgs } from '../op-cases.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Derivatives in x alone (the kernel may use y), as any table of derivatives gives them. */
const derivatives: Record<string, (x: number) => number> = {
  neg: () => -1,
  abs: Math.sign,
  exp: Math.exp,
  log: (x) => 1 / x,
  sqrt: (x) => 0.5 / Math.sqrt(x),
  rsqrt: (x) => -0.5 * x ** -1.5,
  square: (x) => 2 * x,
  reciprocal: (x) => -1 / (x * x),
  relu: (x) => (x > 0 ? 1 : 0),
  tanh: (x) => 1 / Math.cosh(x) ** 2,
  sigmoid: (x) => sigmoid(x) * sigmoid(-x),
  silu: (x) => sigmoid(x) + x * sigmoid(x) * sigmoid(-x),
};

/** dx = dy f'(x). */
export function unaryBackward(args: OpArgs): Expected {
  const { x, dy, fn } = args as { x: Float32Array; dy: Float32Array; fn: string };
  return { dx: Float64Array.from(x, (value, i) => dy[i]! * derivatives[fn]!(value)) };
}
