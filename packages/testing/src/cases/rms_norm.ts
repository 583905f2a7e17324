import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { rmsNorm } from '../reference/rms_norm.js';

function args(random: Random, N: number, D: number, eps = 1e-6, inPlace = false): OpArgs {
  const x = random.f32(N * D, 1.7);
  const y = inPlace ? x : new Float32Array(N * D);
  return { N, D, x, weight: random.f32(D), eps, y, inv_rms: new Float32Array(N) };
}

export const rmsNormSizes = [
  [0, 5],
  [1, 1],
  [3, 2],
  [5, 7],
  [7, 16],
  [9, 17],
  [63, 32],
  [65, 32],
  [1031, 32],
  [67, 33],
  [131, 64],
  [130, 65],
  [19, 128],
  [17, 255],
  [17, 257],
  [5, 1000],
  [3, 1024],
  [9, 1025],
  [3, 2052],
];

const cases: OpCases = {
  op: 'rms_norm',
  source: '1910.07467 eq. 4 in float64, eps under the root',
  tolerance: {
    abs: 1e-30,
    rel: 5e-7,
    because: 'float32 sums of squares in short lanes, halved by the root; four roundings after it',
  },
  cases: [
    ...rmsNormSizes.map(([N, D]) => ({
      name: `${N}x${D}`,
      args: (random: Random) => args(random, N!, D!),
    })),
    { name: 'in place', args: (random) => args(random, 70, 37, 1e-6, true) },
    { name: 'large eps', args: (random) => args(random, 5, 11, 0.5) },
    {
      name: 'a row of zeros',
      args: (random) => ({ ...args(random, 2, 3, 1e-6), x: Float32Array.of(0, 0, 0, 1, 2, 3) }),
    },
    {
      name: 'NaN stays in its row',
      args: (random) => ({ ...args(random, 2, 3), x: Float32Array.of(1, NaN, 0, 1, 2, 3) }),
    },
  ],
  reference: rmsNorm,
};

export default cases;
