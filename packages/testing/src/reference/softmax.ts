import type { Expected, OpArgs } from '../op-cases.js';

/** softmax(x)_j = exp(x_j) / sum_k exp(x_k), shifted by the largest element. */
export function softmaxRow(x: number[]): number[] {
  const max = Math.max(...x);
  const weights = x.map((value) => Math.exp(value - max));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** f of every row of V elements. */
export function byRow(
  { N, V }: { N: number; V: number },
  f: (row: number[], index: number) => number[],
  values: ArrayLike<number>,
): number[] {
  const all = Array.from(values);
  return Array.from({ length: N }, (_, i) => f(all.slice(i * V, (i + 1) * V), i)).flat();
}

export function softmax(args: OpArgs): Expected {
  const a = args as { N: number; V: number; x: Float32Array };
  return { y: byRow(a, softmaxRow, a.x) };
}
