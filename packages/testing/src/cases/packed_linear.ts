import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { packLinear } from '../reference/pack_linear.js';
import { packedLinear } from '../reference/packed_linear.js';

function args(
  random: Random,
  [R, N, K]: [number, number, number],
  bias: boolean,
  accumulate: boolean,
): OpArgs {
  const panels = Math.ceil(N / 16);
  const weight = random.f32(N * K, K ** -0.5);
  return {
    R,
    N,
    K,
    panels,
    x: random.f32(R * K),
    packed: packLinear({ N, K, panels, weight })['packed'],
    bias: bias ? random.f32(N) : undefined,
    accumulate,
    y: random.f32(R * N),
  };
}

const cases: OpCases = {
  op: 'packed_linear',
  source: 'the sum of products, in float64',
  tolerance: {
    abs: 6e-6,
    rel: 1e-6,
    because:
      'one chain of K <= 300 roundings of sums below 5: rms 0.29 ulp * sqrt(K) = 1.2e-6, times 5',
  },
  cases: [
    ...[
      [0, 5, 3],
      [3, 0, 5],
      [3, 5, 0],
      [1, 1, 1],
      [1, 41, 64],
      [2, 16, 7],
      [3, 33, 65],
      [5, 15, 31],
      [6, 64, 17],
      [7, 31, 64],
      [8, 32, 9],
      [9, 193, 33],
      [65, 201, 64],
      [131, 48, 300],
    ].flatMap((sizes) =>
      [0, 1, 2, 3].map((options) => {
        const [bias, accumulate] = [options % 2 === 1, options > 1];
        const name = `${sizes.join('x')}${bias ? ' with bias' : ''}${accumulate ? ', added' : ''}`;
        const size = sizes as [number, number, number];
        return { name, args: (random: Random) => args(random, size, bias, accumulate) };
      }),
    ),
  ],
  reference: packedLinear,
};

export default cases;
