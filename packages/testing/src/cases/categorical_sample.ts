import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { categoricalSample } from '../reference/philox.js';

function args(random: Random, N: number, V: number, options: OpArgs = {}): OpArgs {
  return {
    N,
    V,
    logits: random.f32(N * V, 2),
    temperature: 0.7,
    seed: 2 ** 40 + 17,
    stream: random.i32(N, 0, 99),
    step: random.i32(N, 0, 31),
    greedy: false,
    token: new Int32Array(N),
    logp: new Float32Array(N),
    ...options,
  };
}

/** Most logits -inf, among them the first, the last and a whole chunk of 64. */
function sparse(random: Random, N: number, V: number): Float32Array {
  return random.f32(N * V).map((x, i) => {
    const v = i % V;
    return v === 5 || v === 70 || v === 71 || (v > 130 && v % 3 === 0 && v < V - 1) ? x : -Infinity;
  });
}

const sizes = [
  [0, 3],
  [1, 1],
  [5, 2],
  [257, 41],
  [31, 63],
  [30, 64],
  [29, 65],
  [9, 1999],
  [5, 1025],
  [2, 262_913],
];

const cases: OpCases = {
  op: 'categorical_sample',
  source: "inversion of the float64 cumulative sum at one draw of Philox (SC'11) in BigInt",
  tolerance: {
    token: { abs: 0, rel: 0, because: 'an index' },
    logp: { abs: 2e-6, rel: 2e-7, because: 'float32 exponentials, float64 sums' },
  },
  cases: [
    ...sizes.map(([N, V]) => ({
      name: `${N}x${V}`,
      args: (random: Random) => args(random, N!, V!),
    })),
    { name: 'hot', args: (random) => args(random, 97, 41, { temperature: 3 }) },
    { name: 'cold', args: (random) => args(random, 97, 41, { temperature: 1e-3 }) },
    { name: 'greedy', args: (random) => args(random, 97, 141, { greedy: true, temperature: 1.5 }) },
    {
      name: 'greedy among equals',
      args: (random) =>
        args(random, 33, 20, { greedy: true, logits: random.f32(33 * 20).map(Math.round) }),
    },
    {
      name: 'mostly -inf',
      args: (random) => args(random, 301, 197, { logits: sparse(random, 301, 197) }),
    },
    {
      name: 'words of stream and step with the highest bit',
      args: (random) =>
        args(random, 40, 11, {
          stream: random.i32(40, -(2 ** 31), 2 ** 31 - 1),
          step: random.i32(40, -(2 ** 31), 2 ** 31 - 1),
        }),
    },
  ],
  reference: categoricalSample,
};

export default cases;
