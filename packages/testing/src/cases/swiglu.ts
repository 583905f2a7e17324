import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { swiglu } from '../reference/swiglu.js';

function args(random: Random, n: number, inPlace = false): OpArgs {
  const gate = random.f32(n, 3);
  return { n, gate, up: random.f32(n), y: inPlace ? gate : new Float32Array(n) };
}

const cases: OpCases = {
  op: 'swiglu',
  source: '2002.05202 eq. 6 in float64',
  tolerance: { abs: 1e-30, rel: 4.2e-7, because: 'sigmoid 2.5 ulp, two products half an ulp each' },
  cases: [
    ...[0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 1237, 16383, 16385, 40009].map((n) => ({
      name: `${n}`,
      args: (random: Random) => args(random, n),
    })),
    { name: 'in place', args: (random) => args(random, 37, true) },
    {
      name: 'far gates and NaN',
      args: () => ({
        n: 5,
        gate: Float32Array.of(80, -80, 0, NaN, 2),
        up: Float32Array.of(3, 5, 7, 1, NaN),
        y: new Float32Array(5),
      }),
    },
  ],
  reference: swiglu,
};

export default cases;
