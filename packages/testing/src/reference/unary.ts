import type { Expected, OpArgs } from '../op-cases.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Textbook definitions. */
export const unaryFunctions: Record<string, (x: number) => number> = {
  neg: (x) => -x,
  abs: Math.abs,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  square: (x) => x * x,
  reciprocal: (x) => 1 / x,
  relu: (x) => Math.max(x, 0),
  tanh: Math.tanh,
  sigmoid,
  silu: (x) => x * sigmoid(x),
};

/** y = f(x) with f from Math. */
export function unary(args: OpArgs): Expected {
  const { x, fn } = args as { x: Float32Array; fn: string };
  return { y: Float64Array.from(x, unaryFunctions[fn]!) };
}
