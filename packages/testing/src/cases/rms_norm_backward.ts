import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { rmsNorm } from '../reference/rms_norm.js';
import { rmsNormBackward } from '../reference/rms_norm_backward.js';
import { rmsNormSizes } from './rms_norm.js';

function args(random: Random, N: number, D: number, inPlace = false): OpArgs {
  const x = random.f32(N * D, 1.7);
  const weight = random.f32(D);
  const dy = random.f32(N * D);
  return {
    N,
    D,
    x,
    weight,
    inv_rms: Float32Array.from(rmsNorm({ N, D, x, weight, eps: 0.01 })['inv_rms'] as Float64Array),
    dy,
    dx: inPlace ? dy : new Float32Array(N * D),
    dweight: random.f32(D),
  };
}

const cases: OpCases = {
  op: 'rms_norm_backward',
  source: "chain rule in float64; central differences in the op's gradient test",
  tolerance: {
    dx: { abs: 4e-6, rel: 1e-6, because: 'difference of two terms of a few units, each to 4 ulp' },
    dweight: {
      abs: 2e-5,
      rel: 1e-6,
      because:
        'float32 chains of at most 513 rows with sums below 64: 0.29 ulp * sqrt(513), times 3',
    },
  },
  cases: [
    ...rmsNormSizes.map(([N, D]) => ({
      name: `${N}x${D}`,
      args: (random: Random) => args(random, N!, D!),
    })),
    { name: 'in place', args: (random) => args(random, 70, 37, true) },
  ],
  reference: rmsNormBackward,
};

export default cases;
