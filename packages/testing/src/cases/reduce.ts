import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { reduce } from '../reference/reduce.js';

type Size = [outer: number, n: number, inner: number];

function args(random: Random, [outer, n, inner]: Size, fn: string, index = false): OpArgs {
  return {
    outer,
    n,
    inner,
    x: random.f32(outer * n * inner),
    fn,
    y: new Float32Array(outer * inner),
    index: index ? new Int32Array(outer * inner) : undefined,
  };
}

const sizes: Size[] = [
  [1, 1, 1],
  [7, 1, 5],
  [3, 2, 1],
  [5, 15, 1],
  [5, 16, 1],
  [5, 17, 1],
  [2, 41, 1],
  [3, 1000, 1],
  [1, 7, 16],
  [3, 13, 33],
  [2, 5, 255],
  [2, 5, 257],
  [1, 301, 192],
];

const cases: OpCases = {
  op: 'reduce',
  source: 'column by column in float64',
  tolerance: { abs: 1e-12, rel: 6.1e-8, because: 'float64 sums, rounded once to float32' },
  cases: [
    ...['sum', 'mean', 'max', 'min'].flatMap((fn) =>
      sizes.map((size) => ({
        name: `${fn} of ${size.join('x')}`,
        args: (random: Random) => args(random, size, fn, fn.startsWith('m') && fn !== 'mean'),
      })),
    ),
    ...['sum', 'mean'].flatMap((fn) =>
      (
        [
          [1, 40009, 1],
          [1, 8000, 19],
          [3, 70001, 2],
        ] as Size[]
      ).map((size) => ({
        name: `${fn} of ${size.join('x')}, in parts`,
        args: (random: Random) => args(random, size, fn),
      })),
    ),
    { name: 'max without index', args: (random) => args(random, [3, 20, 2], 'max') },
    { name: 'sum of nothing', args: (random) => args(random, [3, 0, 2], 'sum') },
    { name: 'no columns', args: (random) => args(random, [3, 5, 0], 'max', true) },
    { name: 'no rows', args: (random) => args(random, [0, 0, 4], 'mean') },
    ...[1, 3].flatMap((inner) =>
      ['max', 'min', 'sum'].map((fn) => ({
        name: `${fn} with NaN, infinities and equal elements, inner ${inner}`,
        args: (random: Random) => {
          const call = args(random, [4, 19, inner], fn, fn !== 'sum');
          const x = call['x'] as Float32Array;
          x.fill(Infinity, 2, 5).fill(-Infinity, 11, 13);
          x.fill(NaN, 23 * inner, 25 * inner).fill(9, 40 * inner, 47 * inner);
          return call;
        },
      })),
    ),
  ],
  reference: reduce,
};

export default cases;
