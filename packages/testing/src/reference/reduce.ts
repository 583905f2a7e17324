import type { Expected, OpArgs } from '../op-cases.js';

/** One column at a time; the first of equal extremes, and NaN before all. */
export function reduce(args: OpArgs): Expected {
  const { outer, n, inner, x, fn } = args as {
    outer: number;
    n: number;
    inner: number;
    x: Float32Array;
    fn: string;
  };
  const y: number[] = [];
  const index: number[] = [];
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const column = Array.from({ length: n }, (_, i) => x[(o * n + i) * inner + j]!);
      const sum = column.reduce((total, value) => total + value, 0);
      const bad = column.findIndex(Number.isNaN);
      const best = fn === 'max' ? Math.max(...column) : Math.min(...column);
      index.push(bad >= 0 ? bad : column.indexOf(best));
      y.push(fn === 'sum' ? sum : fn === 'mean' ? sum / n : best);
    }
  }
  return { y, index };
}
