import type { Expected, OpArgs } from '../op-cases.js';
import { aggregated, countedSequences, sum, type PackedInput } from './aggregation.js';

type Numbers = ArrayLike<number>;

export interface PolicyLossInput extends PackedInput {
  logp: Numbers;
  old_logp: Numbers;
  advantages: Numbers;
  behavior_logp?: Numbers;
  ref_logp?: Numbers;
  kl_divergence?: Numbers;
  entropy?: Numbers;
  positives?: Uint8Array;
  objective: 'reinforce' | 'ppo' | 'dual-clip' | 'tis' | 'cispo' | 'topr';
  ratio: 'token' | 'sequence' | 'sequence-token' | 'product';
  clip_low: number;
  clip_high: number;
  ratio_cap: number;
  positive_weight: number;
  negative_weight: number;
  behavior_cap: number;
  kl: 'none' | 'k1' | 'k2' | 'k3' | 'full';
  kl_gradient: 'own' | 'k2';
  kl_coef: number;
  entropy_coef: number;
}

/** Log-ratios are taken within [-20, 20]. */
const limit = (d: number): number => Math.min(Math.max(d, -20), 20);
const beyond = (d: number): boolean => Math.abs(d) > 20;
const clip = (r: number, low: number, high: number): number => Math.min(Math.max(r, low), high);
const mean = (values: number[]): number => sum(values) / values.length;

interface Token {
  /** log of the ratio, at its level */
  d: number;
  A: number;
}

/** Log-ratio and advantage of each token by `ratio`; sums and means run over the unmasked tokens of the sequence. */
export function tokensOf(a: PolicyLossInput): Map<number, Token> {
  const tokens = new Map<number, Token>();
  for (const sequence of countedSequences(a)) {
    const logRatios = sequence.map((i) => a.logp[i]! - a.old_logp[i]!);
    const advantage = mean(sequence.map((i) => a.advantages[i]!));
    sequence.forEach((i, k) =>
      tokens.set(
        i,
        {
          token: { d: logRatios[k]!, A: a.advantages[i]! },
          sequence: { d: mean(logRatios), A: advantage },
          'sequence-token': { d: mean(logRatios), A: a.advantages[i]! },
          product: { d: sum(logRatios), A: a.advantages[i]! },
        }[a.ratio],
      ),
    );
  }
  return tokens;
}

/** PPO's min of two branches, and Ye et al.'s bound from below for A < 0; to be maximised. */
export function clippedObjective(a: PolicyLossInput, r: number, A: number): number {
  const ppo = Math.min(r * A, clip(r, 1 - a.clip_low, 1 + a.clip_high) * A);
  return a.objective === 'dual-clip' && A < 0 ? Math.max(ppo, a.ratio_cap * A) : ppo;
}

/** The constant factor of A log pi in the objectives that have one. */
export function constantWeight(a: PolicyLossInput, r: number, positive: boolean): number {
  if (a.objective === 'reinforce') return 1;
  if (a.objective === 'tis') return Math.min(r, a.ratio_cap);
  if (a.objective === 'cispo') return clip(r, 1 - a.clip_low, 1 + a.clip_high);
  return positive ? a.positive_weight : a.negative_weight * Math.min(r, a.ratio_cap);
}

export const isClipped = (a: PolicyLossInput): boolean =>
  a.objective === 'ppo' || a.objective === 'dual-clip';

/** Schulman's estimators of KL[policy || reference] with r = p_ref / p. */
export function klValue(a: PolicyLossInput, logp: number, i: number): number {
  if (a.kl === 'none') return 0;
  if (a.kl === 'full') return a.kl_divergence![i]!;
  const logr = a.ref_logp![i]! - logp;
  return {
    k1: -logr,
    k2: logr ** 2 / 2,
    k3: beyond(logr) ? Math.expm1(limit(logr)) - limit(logr) : remainder(logr),
  }[a.kl];
}

/** exp(x) - 1 - x; near 0 as its series, since the difference cancels in float64 too. */
function remainder(x: number): number {
  return Math.abs(x) > 1e-3 ? Math.expm1(x) - x : x ** 2 / 2 + x ** 3 / 6 + x ** 4 / 24;
}

function klSlope(a: PolicyLossInput, i: number): number {
  if (a.kl === 'none' || a.kl === 'full') return 0;
  const logr = a.ref_logp![i]! - a.logp[i]!;
  if (a.kl_gradient === 'k2' || a.kl === 'k2') return -logr;
  return a.kl === 'k1' ? 1 : beyond(logr) ? 0 : -Math.expm1(logr);
}

export function behaviorWeight(a: PolicyLossInput, i: number): number {
  if (!a.behavior_logp) return 1;
  return Math.min(Math.exp(limit(a.old_logp[i]! - a.behavior_logp[i]!)), a.behavior_cap);
}

export const isPositive = (a: PolicyLossInput, i: number, A: number): boolean =>
  a.positives ? a.positives[i] === 1 : A > 0;

/** Which bound took the place of the ratio. */
function bounds(a: PolicyLossInput, r: number, A: number, positive: boolean) {
  const [low, high] = [r < 1 - a.clip_low, r > 1 + a.clip_high];
  const capped = r > a.ratio_cap;
  return {
    reinforce: [false, false, false],
    ppo: [A < 0 && low, A > 0 && high, false],
    'dual-clip': [A < 0 && low, A > 0 && high, A < 0 && capped],
    tis: [false, capped, false],
    cispo: [low, high, false],
    topr: [false, !positive && capped, false],
  }[a.objective] as [boolean, boolean, boolean];
}

/** Ratio, flags, weight, KL, loss and slope of one token, neither weighted nor divided. */
export function terms(a: PolicyLossInput, i: number, { d, A }: Token) {
  const r = Math.exp(limit(d));
  const positive = isPositive(a, i, A);
  const flags = bounds(a, r, A, positive);
  const omega = constantWeight(a, r, positive);
  const surrogate = isClipped(a) ? -clippedObjective(a, r, A) : -omega * A * a.logp[i]!;
  const free = flags.some(Boolean) || beyond(d) ? 0 : -r * A;
  const slope = isClipped(a) ? (Number.isNaN(r * A) ? NaN : free) : -omega * A;
  const w = behaviorWeight(a, i);
  const kl = klValue(a, a.logp[i]!, i);
  const entropy = a.entropy?.[i] ?? 0;
  return {
    ...{ r, flags, w, kl, entropy, surrogate: w * surrogate },
    loss: w * surrogate + a.kl_coef * kl - a.entropy_coef * entropy,
    slope: w * slope + a.kl_coef * klSlope(a, i),
  };
}

/** The log-ratios that a token's loss reads, and every input of it. */
function readings(a: PolicyLossInput, i: number, { d, A }: Token) {
  const own = a.logp[i]! - a.old_logp[i]!;
  const behavior = a.behavior_logp ? a.old_logp[i]! - a.behavior_logp[i]! : 0;
  const reference = a.ref_logp ? a.ref_logp[i]! - a.logp[i]! : 0;
  const limited = [own, d, behavior, ...(a.kl === 'k3' ? [reference] : [])];
  const others = [A, a.logp[i]!, behavior, reference, a.kl_divergence?.[i] ?? 0];
  return {
    clamped: limited.some(beyond),
    finite: [own, ...others, a.entropy?.[i] ?? 0].every(Number.isFinite),
  };
}

export function policyLoss(args: OpArgs): Expected {
  const a = args as unknown as PolicyLossInput;
  const tokens = [...tokensOf(a)].map(([i, token]) => ({
    ...{ i, own: limit(a.logp[i]! - a.old_logp[i]!) },
    ...terms(a, i, token),
    ...readings(a, i, token),
  }));
  const byIndex = new Map(tokens.map((token) => [token.i, token]));
  const { numerator, weights } = aggregated(a, (i) => byIndex.get(i)!.loss);
  const perToken = (value: (t: (typeof tokens)[number]) => number): Float64Array => {
    const all = new Float64Array(a.T);
    for (const t of tokens) all[t.i] = (value(t) * weights[t.i]!) / a.denominator;
    return all;
  };
  const total = (value: (t: (typeof tokens)[number]) => number | boolean): number =>
    sum(tokens.map((t) => Number(value(t))));
  const metrics = [
    ...[numerator, tokens.length, countedSequences(a).length],
    ...[0, 1, 2].map((bound) => total((t) => t.flags[bound]!)),
    ...[total((t) => -t.own), total((t) => t.own ** 2 / 2), total((t) => remainder(t.own))],
    ...[total((t) => t.r), total((t) => t.r ** 2)],
    Math.max(0, ...tokens.map((t) => t.r).filter((r) => !Number.isNaN(r))),
    ...[total((t) => t.entropy), total((t) => t.kl), sum([...perToken((t) => t.surrogate)])],
    ...[total((t) => t.w), total((t) => t.w ** 2)],
    total((t) => a.behavior_logp !== undefined && t.w === a.behavior_cap),
    ...[total((t) => t.clamped), total((t) => !t.finite)],
  ];
  return {
    ...{ loss: [numerator / a.denominator], dlogp: perToken((t) => t.slope), metrics },
    dentropy: perToken(() => -a.entropy_coef),
    dkl: perToken(() => (a.kl === 'full' ? a.kl_coef : 0)),
    numerator: new Float64Array(12),
  };
}
