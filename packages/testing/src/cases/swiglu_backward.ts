import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { swigluBackward } from '../reference/swiglu_backward.js';

function args(random: Random, n: number, inPlace = false): OpArgs {
  const gate = random.f32(n, 3);
  const up = random.f32(n);
  const dgate = inPlace ? gate : new Float32Array(n);
  return { n, gate, up, dy: random.f32(n), dgate, dup: inPlace ? up : new Float32Array(n) };
}

const cases: OpCases = {
  op: 'swiglu_backward',
  source: "quotient rule in float64; central differences in the op's gradient test",
  tolerance: {
    abs: 2e-6,
    rel: 6e-7,
    because:
      "silu' is a difference near its root at -1.28: 3 ulp of terms near 0.3, times |dy up| < 20",
  },
  cases: [
    ...[0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 1237, 16383, 16385].map((n) => ({
      name: `${n}`,
      args: (random: Random) => args(random, n),
    })),
    { name: 'in place', args: (random) => args(random, 37, true) },
  ],
  reference: swigluBackward,
};

export default cases;
