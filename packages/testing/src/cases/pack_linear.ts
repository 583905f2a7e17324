import type { OpCases } from '../op-cases.js';
import { packLinear } from '../reference/pack_linear.js';

const cases: OpCases = {
  op: 'pack_linear',
  source: 'the layout, element by element',
  tolerance: { abs: 0, rel: 0, because: 'a copy' },
  cases: [
    [0, 3],
    [3, 0],
    [1, 1],
    [15, 7],
    [16, 5],
    [17, 64],
    [41, 64],
    [193, 65],
  ].map(([N, K]) => ({
    name: `${N}x${K}`,
    args: (random) => {
      const panels = Math.ceil(N! / 16);
      const packed = random.f32(panels * K! * 16);
      return { N, K, panels, weight: random.f32(N! * K!), packed };
    },
  })),
  reference: packLinear,
};

export default cases;
