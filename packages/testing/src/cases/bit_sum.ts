import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { bitSum } from '../reference/bit_sum.js';

function args(random: Random, n: number, first = 0): OpArgs {
  return { n, x: random.f32(n + first).subarray(first), sum: new Int32Array(1) };
}

const cases: OpCases = {
  op: 'bit_sum',
  source: 'definition, in integers of any size',
  tolerance: { abs: 0, rel: 0, because: 'integers' },
  cases: [
    ...[0, 1, 3, 4, 5, 31, 127, 1023, 1025, 5003, 70001].map((n) => ({
      name: `${n}`,
      args: (random: Random) => args(random, n),
    })),
    { name: 'from an odd element', args: (random) => args(random, 4099, 1) },
    {
      name: 'NaN, infinities and zeros',
      args: () => ({
        n: 5,
        x: Float32Array.of(NaN, Infinity, -0, 0, -Infinity),
        sum: new Int32Array(1),
      }),
    },
  ],
  reference: bitSum,
};

export default cases;
