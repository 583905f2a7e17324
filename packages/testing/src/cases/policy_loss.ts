import { policyLossErrors } from '../bounds/policy_loss.js';
import type { OpArgs, OpCases } from '../op-cases.js';
import { aggregations, packedLengths, packedSequences, type Packed } from '../packed.js';
import type { Random } from '../random.js';
import { policyLoss, type PolicyLossInput } from '../reference/policy_loss.js';

type Options = Partial<
  Pick<PolicyLossInput, 'objective' | 'ratio' | 'kl' | 'kl_gradient' | 'aggregation'>
> & {
  /** Deviation of the log-ratios. */
  step?: number;
  low?: number;
  high?: number;
  cap?: number;
  /** Weights of the positives and the others. */
  positives?: boolean;
  behavior?: number;
  entropy?: boolean;
};

function made(r: Random, packed: Packed, o: Options = {}): OpArgs {
  const { T } = packed;
  const old_logp = r.f32(T).map((x) => -Math.abs(x) - 0.01);
  const near = (step: number): Float32Array => {
    const moved = r.f32(T, step);
    return old_logp.map((x, i) => x + moved[i]!);
  };
  const kl = o.kl ?? 'none';
  return {
    ...{ ...packed, logp: near(o.step ?? 0.3), old_logp, advantages: r.f32(T) },
    behavior_logp: o.behavior === undefined ? undefined : near(0.3),
    ref_logp: ['k1', 'k2', 'k3'].includes(kl) ? near(0.7) : undefined,
    kl_divergence: kl === 'full' ? r.f32(T).map(Math.abs) : undefined,
    entropy: o.entropy ? r.f32(T).map(Math.abs) : undefined,
    positives: o.positives ? r.flags(T, 0.4) : undefined,
    ...{ objective: o.objective ?? 'ppo', ratio: o.ratio ?? 'token' },
    ...{ clip_low: o.low ?? 0.2, clip_high: o.high ?? 0.28, ratio_cap: o.cap ?? 1.3 },
    ...{ positive_weight: 0.9, negative_weight: 0.7, behavior_cap: o.behavior ?? 1e30 },
    ...{ kl, kl_gradient: o.kl_gradient ?? 'own', kl_coef: kl === 'none' ? 0 : 0.13 },
    entropy_coef: o.entropy ? 0.021 : 0,
    aggregation: o.aggregation ?? 'token-mean',
    denominator: 0.37 * T + 1.5,
    ...outputs(T, o.entropy === true, kl === 'full'),
  };
}

function outputs(T: number, entropy: boolean, kl: boolean): OpArgs {
  const array = (): Float32Array => new Float32Array(T).fill(NaN);
  return {
    ...{ loss: new Float64Array(1), dlogp: array(), metrics: new Float64Array(20) },
    dentropy: entropy ? array() : undefined,
    dkl: kl ? array() : undefined,
  };
}

const constant = {
  ...{ abs: 0, rel: 4 * 2 ** -24 },
  because: 'a float32 coefficient times a float32 weight: three roundings',
};

const objectives = ['reinforce', 'ppo', 'dual-clip', 'tis', 'cispo', 'topr'] as const;
const ratios = ['token', 'sequence', 'sequence-token', 'product'] as const;
/** Terms beside the surrogate, one set after the other. */
const extras: Options[] = [
  {},
  { kl: 'k3', entropy: true },
  { behavior: 1.2 },
  { kl: 'full', behavior: 1e30, entropy: true },
];
const estimators: Options[] = (['k1', 'k2', 'k3', 'full'] as const).flatMap((kl) =>
  (['own', 'k2'] as const).map((kl_gradient) => ({ kl, kl_gradient })),
);
const named = (o: Options): string =>
  Object.entries(o)
    .map(([key, value]) => (value === true ? key : `${key} ${value}`))
    .join(', ');

/** Every objective at every level with every set of other terms; the aggregations take turns. */
const everyLoss: OpCases['cases'] = objectives.flatMap((objective, a) =>
  ratios.flatMap((ratio, b) =>
    extras.map((extra, c) => {
      const aggregation = aggregations[(a + b + c) % 4]!;
      const o: Options = { objective, ratio, ...extra, aggregation };
      return { name: named(o), args: (r: Random) => made(r, packedSequences(r, 23, 11), o) };
    }),
  ),
);

const sizes: OpCases['cases'] = [
  ...[
    [0, 5],
    [1, 0],
    [1, 1],
    [3, 2],
    [17, 31],
    [160, 19],
  ].flatMap(([S, longest]) =>
    aggregations.map((aggregation) => ({
      name: `${S} sequences up to ${longest}, ${aggregation}`,
      args: (r: Random) => made(r, packedSequences(r, S!, longest!), { aggregation }),
    })),
  ),
  ...[15, 16, 17, 31, 32, 33, 63, 65, 255, 256, 257, 511, 513].map((length) => ({
    name: `sequences of ${length} among others`,
    args: (r: Random) =>
      made(r, packedLengths(5, length, 0, 1, length), { ratio: 'sequence', entropy: true }),
  })),
  ...[1023, 1024, 1025, 2047, 2049, 3100].flatMap((length) =>
    ratios.map((ratio, i) => ({
      name: `a long one of ${length}, ratio ${ratio}`,
      args: (r: Random) =>
        made(r, packedLengths(3, length, 7), {
          ...{ ratio, aggregation: aggregations[i]!, step: 0.02, kl: 'full', entropy: true },
        }),
    })),
  ),
];

const special: OpCases['cases'] = [
  ...estimators.map((o) => ({
    name: `estimator ${named(o)}`,
    args: (r: Random) => made(r, packedSequences(r, 11, 17), o),
  })),
  ...[false, true].flatMap((positives) =>
    [0.4, 1, 2.5].map((cap) => ({
      name: `topr, cap ${cap}${positives ? ', positives given' : ''}`,
      args: (r: Random) =>
        made(r, packedSequences(r, 11, 17), { objective: 'topr', cap, positives, step: 0.8 }),
    })),
  ),
  ...objectives.flatMap((objective) =>
    [2, 1e-3].map((step) => ({
      name: `${objective}, ${step > 1 ? 'far from' : 'near'} the old policy`,
      args: (r: Random) => made(r, packedSequences(r, 13, 29), { objective, step }),
    })),
  ),
  ...objectives.flatMap((objective) => [
    { name: `${objective}, log-ratios of 1e4`, args: (r: Random) => beyond(r, { objective }) },
    {
      name: `${objective}, all terms, log-ratios of 1e4`,
      args: (r: Random) => beyond(r, { objective, kl: 'k3', behavior: 1.2, entropy: true }),
    },
    {
      name: `${objective}, NaN where masked`,
      args: (r: Random) =>
        withNaN(made(r, packedSequences(r, 21, 31), { objective, ...extras[1] }), 0),
    },
    {
      name: `${objective}, NaN where it counts`,
      args: (r: Random) =>
        withNaN(made(r, packedSequences(r, 21, 31), { objective, ...extras[1] }), 1),
    },
    {
      name: `${objective}, all masked`,
      args: (r: Random) =>
        allMasked(
          made(r, packedSequences(r, 5, 17), {
            objective,
            cap: objective === 'dual-clip' ? 1.1 : 0.5,
          }),
        ),
    },
  ]),
  ...(['ppo', 'dual-clip', 'cispo'] as const).flatMap((objective) => [
    {
      name: `${objective}, no clip above`,
      args: (r: Random) => made(r, packedSequences(r, 13, 29), { objective, high: 1e30 }),
    },
    {
      name: `${objective}, no room`,
      args: (r: Random) => made(r, packedSequences(r, 13, 29), { objective, low: 0, high: 0 }),
    },
    {
      name: `${objective}, low beyond 1`,
      args: (r: Random) => made(r, packedSequences(r, 13, 29), { objective, low: 1.7, step: 1 }),
    },
  ]),
];

const cases: OpCases = {
  op: 'policy_loss',
  source:
    'the papers of the objectives by cases on the ratio and the sign of the advantage, aggregation from its definition ' +
    '(2508.08221 section 4.1), in float64',
  tolerance: {
    loss: { abs: 1e-15, rel: 1e-15, because: 'bounds/policy.ts, added up in float64' },
    dlogp: { abs: 0, rel: 0, because: 'bounds/policy.ts times a float32 weight' },
    dentropy: constant,
    dkl: constant,
    metrics: {
      ...{ abs: 3e-5, rel: 2e-6 },
      because: 'sums over up to 3,100 tokens, each rounded as in the loss',
    },
  },
  cases: [...everyLoss, ...sizes, ...special],
  reference: (a) => ({ ...policyLoss(a), ...policyLossErrors(a) }),
};

function allMasked(args: OpArgs): OpArgs {
  (args.mask as Uint8Array).fill(0);
  return args;
}

/** Every third token with that mask holds a NaN in one of the inputs. */
function withNaN(args: OpArgs, mask: number): OpArgs {
  const names = ['logp', 'old_logp', 'advantages', 'ref_logp', 'entropy'];
  for (let i = 0; i < (args.T as number); i++) {
    if ((args.mask as Uint8Array)[i] !== mask || i % 3 > 0) continue;
    (args[names[(i / 3) % 5]!] as Float32Array)[i] = NaN;
  }
  return args;
}

/** Every fourth token is 1e4 away from the old policy, the reference or the sampler, up or down. */
function beyond(r: Random, o: Options): OpArgs {
  const args = made(r, packedSequences(r, 7, 19), o);
  for (let i = 0; i < (args.T as number); i += 4) {
    const names = ['old_logp', 'ref_logp', 'behavior_logp'].filter((name) => args[name]);
    const array = args[names[(i / 4) % names.length]!] as Float32Array;
    array[i]! += i % 8 === 0 ? 1e4 : -1e4;
  }
  return args;
}

export default cases;
