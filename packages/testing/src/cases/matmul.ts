import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { matmul } from '../reference/matmul.js';

interface Options {
  batch?: number;
  shared?: boolean;
  ta?: boolean;
  tb?: boolean;
  accumulate?: boolean;
  bias?: boolean;
}

function args(random: Random, M: number, N: number, K: number, options: Options = {}): OpArgs {
  const { batch = 1, shared = false, ta = false, tb = false } = options;
  const batch_b = shared ? 1 : batch;
  return {
    batch,
    batch_b,
    M,
    N,
    K,
    a: random.f32(batch * M * K),
    b: random.f32(batch_b * K * N, K ** -0.5),
    transpose_a: ta,
    transpose_b: tb,
    accumulate: options.accumulate ?? false,
    bias: options.bias ? random.f32(N) : undefined,
    c: random.f32(batch * M * N),
  };
}

const transposes: Options[] = [{}, { ta: true }, { tb: true }, { ta: true, tb: true }];
const label = ({ ta, tb }: Options): string => `${ta ? ' A^T' : ''}${tb ? ' B^T' : ''}`;

const sizes = [
  [1, 1, 1],
  [1, 17, 5],
  [2, 16, 7],
  [3, 15, 31],
  [5, 33, 64],
  [7, 31, 65],
  [8, 32, 3],
  [9, 41, 64],
  [13, 1, 29],
  [63, 193, 17],
  [67, 64, 257],
  [129, 48, 300],
  [65, 64, 128],
  [66, 68, 132],
  [4, 36, 1028],
  [1, 2, 1300],
];

const cases: OpCases = {
  op: 'matmul',
  source: 'the sum of products, in float64',
  tolerance: {
    abs: 1.2e-5,
    rel: 1e-6,
    because:
      'one chain of K <= 1,201 roundings of sums below 4: rms 0.29 ulp * sqrt(K) = 2.4e-6, five of those',
  },
  cases: [
    ...sizes.flatMap(([M, N, K]) =>
      transposes.map((options) => ({
        name: `${M}x${N}x${K}${label(options)}`,
        args: (random: Random) => args(random, M!, N!, K!, options),
      })),
    ),
    ...[
      [0, 3, 5],
      [3, 0, 5],
      [3, 5, 0],
    ].flatMap(([M, N, K]) =>
      [{}, { accumulate: true }, { bias: true }].map((options) => ({
        name: `${M}x${N}x${K} ${Object.keys(options).join()}`,
        args: (random: Random) => args(random, M!, N!, K!, options),
      })),
    ),
    ...[
      [37, 50, 19],
      [12, 33, 1201],
    ].flatMap(([M, N, K]) =>
      transposes.flatMap((options) =>
        [{ accumulate: true }, { bias: true }, { accumulate: true, bias: true }].map((more) => ({
          name: `${M}x${N}x${K}${label(options)}, ${Object.keys(more).join(' and ')}`,
          args: (random: Random) => args(random, M!, N!, K!, { ...options, ...more }),
        })),
      ),
    ),
    ...transposes.flatMap((options) =>
      [true, false].map((shared) => ({
        name: `batch of 5${label(options)}${shared ? ', one b' : ''}`,
        args: (random: Random) =>
          args(random, 19, 23, 31, { ...options, batch: 5, shared, bias: true }),
      })),
    ),
    {
      name: 'no matrices, one b',
      args: (random) => args(random, 3, 4, 5, { batch: 0, shared: true }),
    },
    {
      name: 'weight gradient of a batch, one b',
      args: (random) => args(random, 11, 35, 700, { ta: true, batch: 2, shared: true }),
    },
    ...transposes.map((options) => ({
      // So many that the kernels take their large tiles.
      name: `33 of 129x130x17${label(options)}`,
      args: (random: Random) => args(random, 129, 130, 17, { ...options, batch: 33 }),
    })),
    {
      name: 'many small matrices',
      args: (random) => args(random, 5, 7, 3, { batch: 700, tb: true }),
    },
  ],
  reference: matmul,
};

export default cases;
