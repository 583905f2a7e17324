import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';

function args(random: Random, n: number, first = 0): OpArgs {
  return { n, x: random.f32(n + first).subarray(first), y: new Float32Array(n) };
}

const cases: OpCases = {
  op: 'copy',
  source: 'identity',
  tolerance: { abs: 0, rel: 0, because: 'bits are moved' },
  cases: [
    ...[0, 1, 3, 4, 5, 31, 1023, 1025, 70001].map((n) => ({
      name: `${n}`,
      args: (random: Random) => args(random, n),
    })),
    { name: 'from an odd element', args: (random) => args(random, 4099, 1) },
  ],
  reference: ({ x }) => ({ y: x as Float32Array }),
};

export default cases;
