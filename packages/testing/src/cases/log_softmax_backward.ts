import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { logSoftmax } from '../reference/log_softmax.js';
import { logSoftmaxBackward } from '../reference/log_softmax_backward.js';

function args(random: Random, N: number, V: number, inPlace = false): OpArgs {
  const x = random.f32(N * V, 2);
  const y = new Float32Array(logSoftmax({ N, V, x })['y'] as number[]);
  const dy = random.f32(N * V);
  return { N, V, y, dy, dx: inPlace ? dy : new Float32Array(N * V) };
}

const cases: OpCases = {
  op: 'log_softmax_backward',
  source: "the Jacobian written out in float64; central differences in the op's gradient test",
  tolerance: {
    abs: 2e-6,
    rel: 1e-6,
    because: 'a float32 sum of up to 257 terms near 1 in blocks of 16',
  },
  cases: [
    ...[
      [0, 5],
      [3, 0],
      [1, 1],
      [5, 2],
      [3, 7],
      [3, 16],
      [2, 17],
      [67, 41],
      [3, 65],
      [2, 257],
      [901, 19],
    ].map(([N, V]) => ({
      name: `${N}x${V}`,
      args: (random: Random) => args(random, N!, V!),
    })),
    { name: 'in place', args: (random) => args(random, 5, 37, true) },
  ],
  reference: logSoftmaxBackward,
};

export default cases;
