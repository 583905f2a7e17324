import { encoded, type FloatType } from '../floats.js';
import type { OpArgs, OpCases } from '../op-cases.js';
import { Random } from '../random.js';
import { tokenLogProbs } from '../reference/token_log_probs.js';

interface Options {
  temperature?: number;
  scale?: number;
  dtype?: FloatType;
  /** What takes the place of a third of the logits, the first of every row excepted. */
  some?: number;
  /** What takes the place of all but the last hundred logits of every row. */
  leading?: number;
  /** What takes the place of all logits. */
  every?: number;
  ignore?: boolean;
  leaveOut?: string[];
}

function args(r: Random, T: number, V: number, options: Options = {}): OpArgs {
  const { dtype = 'f32', some, leading, every, ignore = false } = options;
  const logits = r.f32(T * V, options.scale ?? 3);
  for (let i = 0; i < logits.length; i++) {
    if (some !== undefined && i % V > 0 && r.uniform() < 0.3) logits[i] = some;
    if (leading !== undefined && i % V < V - 100) logits[i] = leading;
    if (every !== undefined) logits[i] = every;
  }
  const made: OpArgs = {
    T,
    V,
    dtype,
    logits: encoded(logits, dtype),
    targets: ignore ? r.i32(T, -2, V + 1) : r.i32(T, 0, V - 1),
    ignore_outside: ignore,
    temperature: options.temperature ?? 0.8,
    logp: new Float32Array(T).fill(NaN),
    entropy: new Float32Array(T).fill(NaN),
    lse: new Float32Array(T).fill(NaN),
  };
  for (const name of options.leaveOut ?? []) made[name] = undefined;
  return made;
}

/** A new largest logit far above the others at each of the places, so that sums are carried over. */
function rising(r: Random, V: number, places: number[], dtype: FloatType): OpArgs {
  const made = args(r, 1, V);
  const logits = made.logits as Float32Array;
  places.forEach((place, k) => (logits[place] = 10 * (k + 2)));
  return { ...made, dtype, logits: encoded(logits, dtype) };
}

/** Options drawn together; shapes beside the edges of vectors, warps and blocks of threads. */
function drawn(seed: number): OpCases['cases'][number] {
  const r = new Random(5000 + seed);
  const V = r.of([1, 2, 4, 6, 12, 24, 30, 34, 48, 62, 66, 96, 126, 130, 191, 254, 258, 514]);
  const T = r.integer(1, V > 100 ? 3 : 9);
  const fill = r.of(['', '', 'some', 'leading'] as const);
  const options: Options = {
    dtype: r.of(types),
    temperature: r.of([0.1, 0.8, 1, 3.3]),
    scale: r.of([0.1, 3, 10]),
    ignore: r.uniform() < 0.4,
    leaveOut: r.of([[], ['logp'], ['entropy'], ['lse'], ['entropy', 'lse'], ['logp', 'lse']]),
    ...(fill ? { [fill]: -Infinity } : {}),
  };
  return { name: `drawn ${seed}: ${T}x${V}`, args: (random) => args(random, T, V, options) };
}

// Around vectors of 4, 8 and 16, warps, blocks of threads with vector loads, and blocks of 4,096.
const widths = [
  1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 41, 61, 63, 64, 65, 127, 129, 255, 256, 257, 511, 513,
  1023, 1024, 1025, 2047, 2049, 4095, 4096, 4097, 4099, 8191, 8193, 12289,
]; // prettier-ignore
const types: FloatType[] = ['f32', 'bf16', 'f16'];
const LOWEST = -(2 - 2 ** -23) * 2 ** 127; // of float32, which some put where a token cannot occur

const cases: OpCases = {
  op: 'token_log_probs',
  source:
    'definition of softmax, log-probability and entropy in float64, on the logits as rounded to their type',
  tolerance: {
    abs: 2e-6,
    rel: 2e-6,
    because: 'the accuracy asked of it: 2e-6 max(1, |logp|); float32 exp, block sums and results',
  },
  cases: [
    ...types.flatMap((dtype) =>
      widths.map((V) => ({
        name: `${V > 4000 ? 1 : 3}x${V} ${dtype}`,
        args: (r: Random) => args(r, V > 4000 ? 1 : 3, V, { dtype }),
      })),
    ),
    ...[
      [0, 7],
      [97, 41],
      [701, 61],
    ].map(([T, V]) => ({ name: `${T}x${V}`, args: (r: Random) => args(r, T!, V!) })),
    ...types.flatMap((dtype) => [
      { name: `hot ${dtype}`, args: (r: Random) => args(r, 5, 43, { temperature: 7.5, dtype }) },
      { name: `cold ${dtype}`, args: (r: Random) => args(r, 5, 43, { temperature: 0.05, dtype }) },
      {
        name: `equal logits ${dtype}`,
        args: (r: Random) => args(r, 3, 2999, { every: 0.625, dtype, temperature: 1.3 }),
      },
      {
        name: `-inf logits ${dtype}`,
        args: (r: Random) => args(r, 31, 37, { some: -Infinity, dtype }),
      },
      {
        name: `-inf blocks ${dtype}`,
        args: (r: Random) => args(r, 2, 8301, { leading: -Infinity, dtype }),
      },
      {
        name: `only -inf ${dtype}`,
        args: (r: Random) => args(r, 2, 1500, { every: -Infinity, dtype }),
      },
      { name: `NaN logits ${dtype}`, args: (r: Random) => args(r, 3, 1700, { some: NaN, dtype }) },
      {
        name: `blocks of NaN ${dtype}`,
        args: (r: Random) => args(r, 2, 8301, { leading: NaN, dtype }),
      },
      {
        name: `+inf logits ${dtype}`,
        args: (r: Random) => args(r, 3, 1700, { some: Infinity, dtype }),
      },
      {
        name: `ignored targets ${dtype}`,
        args: (r: Random) => args(r, 83, 5, { ignore: true, dtype }),
      },
      {
        name: `rising ${dtype}`,
        args: (r: Random) => rising(r, 16411, [3, 4095, 4096, 4101, 9000, 16410], dtype),
      },
      {
        name: `rising last ${dtype}`,
        args: (r: Random) => rising(r, 8192, [5000, 8191], dtype),
      },
      {
        name: `one-hot ${dtype}`,
        args: (r: Random) => ({ ...rising(r, 4500, [4321], dtype), targets: Int32Array.of(4321) }),
      },
    ]),
    { name: 'temperature near 0', args: (r) => args(r, 5, 43, { temperature: 1e-36, scale: 1 }) },
    { name: 'large logits', args: (r) => args(r, 7, 1501, { temperature: 1, scale: 300 }) },
    {
      name: 'lowest floats',
      args: (r) => args(r, 9, 53, { some: LOWEST, temperature: 1.7 }),
    },
    {
      name: 'lowest floats alone',
      args: (r) => args(r, 2, 53, { every: LOWEST, temperature: 1.7 }),
    },
    { name: 'logp alone', args: (r) => args(r, 7, 45, { leaveOut: ['entropy', 'lse'] }) },
    { name: 'entropy alone', args: (r) => args(r, 7, 45, { leaveOut: ['logp', 'lse'] }) },
    { name: 'lse alone', args: (r) => args(r, 7, 45, { leaveOut: ['logp', 'entropy'] }) },
    ...Array.from({ length: 50 }, (_, seed) => drawn(seed)),
  ],
  reference: tokenLogProbs,
};

export default cases;
