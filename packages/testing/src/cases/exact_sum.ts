import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { exactSum, fixedPoint, wordsOf } from '../reference/exact_sum.js';

function of(values: number[], flags: number[] = [], total = true): OpArgs {
  return {
    n: values.length,
    sums: Int32Array.from(values.flatMap((x, i) => [...wordsOf(fixedPoint(x), flags[i])])),
    value: new Float64Array(1),
    total: total ? new Int32Array(12) : undefined,
  };
}

/** Numbers of either sign with exponents in [lo, hi]. */
function numbers(r: Random, n: number, lo: number, hi: number): number[] {
  return Array.from(
    { length: n },
    () => (r.uniform(-2, 2) + r.uniform() * 2 ** -30) * 2 ** r.integer(lo, hi),
  );
}

const ranges: [number, number][] = [
  [-3, 3],
  [-126, -100],
  [-170, -150],
  [60, 120],
  [-60, 60],
  [-160, 130],
];

const cases: OpCases = {
  op: 'exact_sum',
  source: 'sums of BigInt multiples of 2^-180; the value is what JavaScript rounds a BigInt to',
  tolerance: { abs: 0, rel: 0, because: 'exact' },
  cases: [
    ...[0, 1, 2, 3, 7, 17].flatMap((n) =>
      ranges.flatMap(([lo, hi]) =>
        Array.from({ length: 5 }, (_, k) => ({
          name: `${n} numbers of 2^${lo} to 2^${hi}, ${k}`,
          args: (r: Random) => of(numbers(r, n, lo, hi), [], k > 0),
        })),
      ),
    ),
    { name: 'what cancels', args: (r) => of([...numbers(r, 5, 100, 130), 2 ** -149]) },
    { name: 'what cancels wholly', args: () => of([3e30, -1, -3e30, 1]) },
    { name: 'ties to even, down', args: () => of([2 ** 53, 1]) },
    { name: 'ties to even, up', args: () => of([2 ** 53 + 2, 1]) },
    { name: 'a tie that a last bit breaks', args: () => of([2 ** 53, 1, 2 ** -179]) },
    { name: 'the same below zero', args: () => of([-(2 ** 53), -1, -(2 ** -179)]) },
    { name: 'rounding that carries', args: () => of([2 ** 53 - 1, 0.5]) },
    { name: 'NaN', args: () => of([1, 2], [0, 1]) },
    { name: 'infinity', args: () => of([1, 2], [2, 2]) },
    { name: 'minus infinity', args: () => of([1, 2], [0, 4]) },
    { name: 'infinities of both signs', args: () => of([1, 2], [2, 4]) },
    ...Array.from({ length: 12 }, (_, k) => ({
      name: `many, ${k}`,
      args: (r: Random) => of(numbers(r, 257, -40, 40)),
    })),
  ],
  reference: exactSum,
};

export default cases;
