import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { layerNorm } from '../reference/layer_norm.js';
import { layerNormBackward } from '../reference/layer_norm_backward.js';
import { rmsNormSizes } from './rms_norm.js';

function args(random: Random, N: number, D: number, inPlace = false, bias = true): OpArgs {
  const x = random.f32(N * D, 1.7).map((value) => value + 0.4);
  const weight = random.f32(D);
  const dy = random.f32(N * D);
  const forward = layerNorm({ N, D, x, weight, eps: 0.01 });
  return {
    N,
    D,
    x,
    weight,
    mean: Float32Array.from(forward['mean'] as Float64Array),
    inv_std: Float32Array.from(forward['inv_std'] as Float64Array),
    dy,
    dx: inPlace ? dy : new Float32Array(N * D),
    dweight: random.f32(D),
    dbias: bias ? random.f32(D) : undefined,
  };
}

const sums = {
  abs: 8e-5,
  rel: 1e-6,
  because: 'float32 chains of at most 513 rows, sums below 64: 0.29 ulp * sqrt(513), times 3',
};

const cases: OpCases = {
  op: 'layer_norm_backward',
  source: "chain rule in float64; central differences in the op's gradient test",
  tolerance: {
    dx: {
      abs: 4e-6,
      rel: 1e-6,
      because: 'difference of three terms of a few units, each to 4 ulp',
    },
    dweight: sums,
    dbias: sums,
  },
  cases: [
    ...rmsNormSizes
      .filter(([, D]) => D! > 2)
      .map(([N, D]) => ({
        name: `${N}x${D}`,
        args: (random: Random) => args(random, N!, D!),
      })),
    { name: 'in place', args: (random) => args(random, 70, 37, true) },
    { name: 'without bias', args: (random) => args(random, 70, 40, false, false) },
  ],
  reference: layerNormBackward,
};

export default cases;
