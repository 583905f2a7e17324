import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { unaryFunctions } from '../reference/unary.js';
import { unaryBackward } from '../reference/unary_backward.js';

const functions = Object.keys(unaryFunctions);
const positive = new Set(['log', 'sqrt', 'rsqrt']);

function args(random: Random, n: number, fn: string, inPlace = false): OpArgs {
  const x = random.f32(n, 2).map((value) => (positive.has(fn) ? 0.1 + value * value : value));
  const y = x.map(unaryFunctions[fn]!);
  const dy = random.f32(n);
  return { n, x, y, dy, fn, dx: inPlace ? dy : new Float32Array(n) };
}

const cases: OpCases = {
  op: 'unary_backward',
  source:
    "table of derivatives, in x alone, in float64; central differences in the op's gradient test",
  tolerance: {
    abs: 6e-7,
    rel: 6e-7,
    because:
      'y arrives rounded: 1 - y of tanh and sigmoid carries its absolute error, times |dy| < 5',
  },
  cases: [
    ...[0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 16383, 16385].map((n) => ({
      name: `silu of ${n}`,
      args: (random: Random) => args(random, n, 'silu'),
    })),
    ...functions.map((fn) => ({ name: fn, args: (random: Random) => args(random, 1237, fn) })),
    ...functions.map((fn) => ({
      name: `${fn} in place`,
      args: (random: Random) => args(random, 37, fn, true),
    })),
    ...['abs', 'relu'].map((fn) => ({
      name: `corners of ${fn}`,
      args: () => ({
        n: 3,
        x: Float32Array.of(0, -0, 2),
        y: Float32Array.of(0, 0, 2),
        dy: Float32Array.of(3, 5, 7),
        fn,
        dx: new Float32Array(3),
      }),
    })),
  ],
  reference: unaryBackward,
};

export default cases;
