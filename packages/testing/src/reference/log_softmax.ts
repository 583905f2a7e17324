import type { Expected, OpArgs } from '../op-cases.js';
import { byRow } from './softmax.js';

/** log softmax(x)_j = x_j - log sum_k exp(x_k). */
export function logSoftmax(args: OpArgs): Expected {
  const a = args as { N: number; V: number; x: Float32Array };
  const row = (x: number[]): number[] => {
    const max = Math.max(...x);
    const logSum = Math.log(x.reduce((sum, value) => sum + Math.exp(value - max), 0));
    return x.map((value) => value - max - logSum);
  };
  return { y: byRow(a, row, a.x) };
}
