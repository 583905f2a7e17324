import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { unary, unaryFunctions } from '../reference/unary.js';

const functions = Object.keys(unaryFunctions);
const positive = new Set(['log', 'sqrt', 'rsqrt']);

function args(random: Random, n: number, fn: string, inPlace = false): OpArgs {
  const x = random.f32(n, 3).map((value) => (positive.has(fn) ? value ** 4 : value));
  return { n, x, fn, y: inPlace ? x : new Float32Array(n) };
}

const special = [
  0,
  -0,
  1,
  -1,
  NaN,
  Infinity,
  1e-30,
  -1e-30,
  80,
  -80,
  0.6249,
  0.6251,
  1.00001,
  1e19,
];

const cases: OpCases = {
  op: 'unary',
  source: 'the functions of Math in float64',
  tolerance: {
    abs: 1e-37,
    rel: 3.6e-7,
    because: 'exp 1.1, log 0.9, tanh 1.4 ulp; sigmoid and silu round twice more: 3 ulp',
  },
  cases: [
    ...[0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 16383, 16385, 40009].map((n) => ({
      name: `silu of ${n}`,
      args: (random: Random) => args(random, n, 'silu'),
    })),
    ...functions.map((fn) => ({ name: fn, args: (random: Random) => args(random, 1237, fn) })),
    ...functions.map((fn) => ({
      name: `${fn} in place`,
      args: (random: Random) => args(random, 37, fn, true),
    })),
    ...functions.map((fn) => ({
      name: `${fn} of special values`,
      args: () => ({
        n: special.length,
        x: Float32Array.from(special),
        fn,
        y: new Float32Array(special.length),
      }),
    })),
  ],
  reference: unary,
};

export default cases;
