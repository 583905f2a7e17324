import { policyLossLogitsBounds } from '../bounds/policy_loss_logits.js';
import { decoded, encoded, type FloatType } from '../floats.js';
import type { OpArgs, OpCases } from '../op-cases.js';
import { drawnPolicy, objectives, policyArrays } from '../policy-fixtures.js';
import { Random } from '../random.js';
import { policyLossLogits } from '../reference/policy_loss_logits.js';
import type { PolicyInput } from '../reference/policy_token.js';
import { tokenLogProbs } from '../reference/token_log_probs.js';

interface Options extends Partial<PolicyInput> {
  dtype?: FloatType;
  temperature?: number;
  scale?: number;
  infinite?: boolean;
  outside?: boolean;
}

function args(r: Random, T: number, V: number, options: Options = {}): OpArgs {
  const { dtype = 'f32', temperature = 0.8, scale = 2, infinite, outside, ...policy } = options;
  const values = r.f32(T * V, scale);
  const targets = outside ? r.i32(T, -2, V + 1) : r.i32(T, 0, V - 1);
  if (infinite) {
    for (let i = 0; i < values.length; i++) {
      if (i % V !== targets[Math.floor(i / V)]! && r.uniform() < 0.3) values[i] = -Infinity;
    }
  }
  const given = { T, V, dtype, logits: encoded(values, dtype), targets, temperature };
  const inside = targets.map((target) => Math.min(Math.max(target, 0), V - 1));
  const { logp } = tokenLogProbs({ ...given, targets: inside }) as { logp: Float64Array };
  return {
    ...given,
    ...policyArrays(r, logp, policy),
    loss: new Float64Array(1),
    losses: new Float32Array(T).fill(NaN),
    logp: new Float32Array(T).fill(NaN),
    entropy: new Float32Array(T).fill(NaN),
  };
}

/** Rows that do not count hold NaN, in the logits and in what belongs to the token. */
function unread(r: Random, dtype: FloatType): OpArgs {
  const made = args(r, 29, 37, { dtype });
  const logits = Float32Array.from(decoded(made.logits as Float32Array, dtype));
  (made.weights as Float32Array).forEach((weight, row) => {
    if (weight !== 0) return;
    logits.fill(NaN, row * 37, (row + 1) * 37);
    (made.old_logp as Float32Array)[row] = NaN;
    (made.advantages as Float32Array)[row] = NaN;
  });
  return { ...made, logits: encoded(logits, dtype) };
}

const behavior = (r: Random, made: OpArgs): OpArgs => ({
  ...made,
  behavior_logp: (made.old_logp as Float32Array).map((lp) => lp + r.uniform(-0.5, 0.5)),
});

const masked = (made: OpArgs): OpArgs => ({
  ...made,
  weights: new Float32Array(made.T as number),
});

/** Options drawn together; shapes beside the edges of vectors, warps and blocks of threads. */
function drawn(seed: number): OpCases['cases'][number] {
  const r = new Random(8000 + seed);
  const V = r.of([2, 4, 6, 12, 24, 30, 34, 48, 62, 66, 96, 126, 130, 191, 254, 258, 514]);
  const T = r.integer(1, V > 100 ? 3 : 9);
  const options: Options = {
    dtype: r.of(types),
    temperature: r.of([0.4, 0.8, 1, 3.3]),
    scale: r.of([0.1, 1, 2]),
    infinite: r.uniform() < 0.3,
    outside: r.uniform() < 0.3,
    ...drawnPolicy(r),
  };
  return { name: `drawn ${seed}: ${T}x${V}`, args: (random) => args(random, T, V, options) };
}

// Around vectors of 4, 8 and 16, warps, blocks of threads with vector loads, and blocks of 4,096.
const widths = [
  1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 41, 63, 65, 127, 129, 255, 257, 511, 513, 1023, 1025, 2047,
  2049, 4097, 8193, 16384, 16400, 18443,
]; // prettier-ignore
const types: FloatType[] = ['f32', 'bf16', 'f16'];

const asked = {
  ...{ abs: 2e-6, rel: 2e-6 },
  because: 'the accuracy asked of token_log_probs: 2e-6 max(1, |logp|)',
};

const cases: OpCases = {
  op: 'policy_loss_logits',
  source: 'definition of softmax, the papers of the objectives and the chain rule, in float64',
  tolerance: {
    loss: { abs: 0, rel: 1e-7, because: 'bounds/policy.ts, added up' },
    losses: { abs: 0, rel: 1e-7, because: 'bounds/policy.ts, with the error of logp' },
    logp: asked,
    entropy: asked,
    logits: {
      ...{ abs: 0, rel: 0 },
      because:
        'bounds/softmax.ts on the slopes of bounds/policy.ts; a 16-bit gradient may be another unit in the last place off',
    },
  },
  cases: [
    ...types.flatMap((dtype) =>
      widths.map((V) => ({
        name: `${V > 4000 ? 2 : 7}x${V} ${dtype}`,
        args: (r: Random) =>
          args(r, V > 4000 ? 2 : 7, V, { dtype, entropy_coef: V % 3 === 0 ? 0.03 : 0 }),
      })),
    ),
    // Rows that a cluster of blocks keeps: several of them to a cluster, and some chunks to a thread.
    ...types.flatMap((dtype) => [
      { name: `7x16392 ${dtype}`, args: (r: Random) => args(r, 7, 16392, { dtype }) },
      { name: `2x41000 ${dtype}`, args: (r: Random) => args(r, 2, 41000, { dtype }) },
    ]),
    { name: '0x5', args: (r) => args(r, 0, 5) },
    { name: '701x61', args: (r) => args(r, 701, 61) },
    ...types.flatMap((dtype) =>
      objectives.flatMap((objective) => [
        {
          name: `${objective} ${dtype}`,
          args: (r: Random) => args(r, 67, 19, { objective, dtype }),
        },
        {
          name: `${objective} ${dtype} without entropy`,
          args: (r: Random) => args(r, 41, 19, { objective, dtype, entropy_coef: 0 }),
        },
        {
          name: `${objective} ${dtype} off the sampler`,
          args: (r: Random) => behavior(r, args(r, 41, 19, { objective, dtype })),
        },
      ]),
    ),
    ...(['k1', 'k2', 'k3'] as const).flatMap((kl) =>
      (['own', 'k2'] as const).flatMap((kl_gradient) =>
        types.map((dtype) => ({
          name: `${kl}, gradient ${kl_gradient} ${dtype}`,
          args: (r: Random) => args(r, 43, 23, { kl, kl_gradient, dtype }),
        })),
      ),
    ),
    ...types.flatMap((dtype) => [
      { name: `hot ${dtype}`, args: (r: Random) => args(r, 11, 43, { temperature: 7.5, dtype }) },
      {
        name: `cold ${dtype}`,
        args: (r: Random) => args(r, 11, 43, { temperature: 0.25, scale: 1, dtype }),
      },
      {
        name: `-inf logits ${dtype}`,
        args: (r: Random) => args(r, 31, 37, { infinite: true, dtype }),
      },
      {
        name: `targets outside ${dtype}`,
        args: (r: Random) => args(r, 83, 5, { outside: true, dtype }),
      },
      { name: `rows that do not count ${dtype}`, args: (r: Random) => unread(r, dtype) },
      { name: `nothing counts ${dtype}`, args: (r: Random) => masked(args(r, 9, 17, { dtype })) },
      {
        name: `positives given ${dtype}`,
        args: (r: Random) =>
          args(r, 31, 17, { objective: 'topr', positives: r.flags(31, 0.5), dtype }),
      },
    ]),
    {
      name: 'far from the old policy',
      args: (r) => {
        const made = args(r, 23, 17, { kl: 'k3' });
        (made.old_logp as Float32Array).forEach((lp, i, all) => (all[i] = lp + (i % 2 ? 30 : -30)));
        (made.ref_logp as Float32Array)[3]! -= 25;
        return made;
      },
    },
    ...Array.from({ length: 40 }, (_, seed) => drawn(seed)),
  ],
  reference: (a) => ({ ...policyLossLogits(a), ...policyLossLogitsBounds(a) }),
};

export default cases;
