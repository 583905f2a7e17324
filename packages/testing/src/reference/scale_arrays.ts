import type { Expected, OpArgs } from '../op-cases.js';

export function scaleArrays(args: OpArgs): Expected {
  const { arrays, scale } = args as { arrays: Float32Array[]; scale: number };
  return { arrays: arrays.map((array) => Array.from(array, (x) => x * scale)) };
}
