import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { layerNorm } from '../reference/layer_norm.js';
import { rmsNormSizes } from './rms_norm.js';

interface Options {
  bias?: boolean;
  eps?: number;
  inPlace?: boolean;
  offset?: number;
}

function args(random: Random, N: number, D: number, options: Options = {}): OpArgs {
  const x = random.f32(N * D, 1.7).map((value) => value + (options.offset ?? 0.4));
  return {
    N,
    D,
    x,
    weight: random.f32(D),
    bias: (options.bias ?? true) ? random.f32(D) : undefined,
    eps: options.eps ?? 1e-5,
    y: options.inPlace ? x : new Float32Array(N * D),
    mean: new Float32Array(N),
    inv_std: new Float32Array(N),
  };
}

const cases: OpCases = {
  op: 'layer_norm',
  source: '1607.06450 eq. 3 and 4 in float64, variance over D, eps under the root',
  tolerance: {
    y: {
      abs: 4e-6,
      rel: 2e-6,
      because: 'the mean to 1e-7 of |x| < 8, times inv_std (< 3 for rows of 2 and more) and weight',
    },
    mean: { abs: 6e-7, rel: 2e-7, because: 'float32 sums in short lanes of elements below 8' },
    inv_std: {
      abs: 1e-30,
      rel: 2e-6,
      because: 'the variance to 1e-6 of itself, halved by the root',
    },
  },
  cases: [
    ...rmsNormSizes.map(([N, D]) => ({
      name: `${N}x${D}`,
      args: (random: Random) => args(random, N!, D!, { eps: 0.01 }),
    })),
    { name: 'without bias', args: (random) => args(random, 9, 36, { bias: false }) },
    { name: 'without bias, odd', args: (random) => args(random, 9, 37, { bias: false }) },
    { name: 'in place', args: (random) => args(random, 70, 37, { inPlace: true }) },
    { name: 'large eps', args: (random) => args(random, 5, 11, { eps: 0.5 }) },
    {
      name: 'far from 0, where mean x^2 - mean^2 would cancel',
      args: (random) => ({ ...args(random, 3, 40), x: random.f32(120).map((x) => x * 8 + 100) }),
    },
    {
      name: 'NaN stays in its row',
      args: (random) => ({ ...args(random, 2, 3), x: Float32Array.of(1, NaN, 0, 1, 2, 3) }),
    },
  ],
  reference: layerNorm,
};

export default cases;
