import type { PolicyLossArgs } from '@anacrusis/native';
import type { Tensor } from '@anacrusis/tensor';
import { expectOneOf, refuse } from './refusals.js';

/**
 * Which surrogate is minimised; r is the ratio to the old policy, sg a constant:
 * - `ppo`: -min(r A, clip(r) A)
 * - `dual-clip`: the same, at most -dualClip A for A < 0
 * - `decoupled`: `ppo` times sg(old / behavior), decoupled PPO
 * - `tis`: -sg(min(r, ratioCap)) A log pi
 * - `cispo`: -sg(clip(r)) A log pi
 * - `topr`: -A log pi for positives, -sg(min(r, ratioCap)) A log pi for the others
 * - `reinforce`: -A log pi
 * - `gspo`: `ppo` with exp of the sequence's mean log-ratio and its mean advantage
 * - `gspo-token`: the same with the advantages of the tokens
 */
export type PolicyObjective =
  | 'ppo'
  | 'dual-clip'
  | 'decoupled'
  | 'tis'
  | 'cispo'
  | 'topr'
  | 'reinforce'
  | 'gspo'
  | 'gspo-token';

/** Options that some objectives have; one that its objective does not have is refused. */
export interface PolicyOptions {
  /** `ppo` when left out. */
  objective?: PolicyObjective | undefined;
  /** >= 0; `ppo`, `dual-clip`, `decoupled`, `cispo`, `gspo`, `gspo-token`: the ratio is clipped below 1 - clipLow. */
  clipLow?: number | undefined;
  /** >= 0; as `clipLow`: the ratio is clipped above 1 + clipHigh. */
  clipHigh?: number | undefined;
  /** > 1; `dual-clip`: bound on the ratio under a negative advantage. */
  dualClip?: number | undefined;
  /** > 0; `tis`, `topr`: largest weight; 1 when left out. */
  ratioCap?: number | undefined;
  /** `topr`: weights of the positives and of the others; 1 when left out. */
  positiveWeight?: number | undefined;
  negativeWeight?: number | undefined;
  /** `topr`: u8, as `logp`, 1 for tokens of positive responses; without it the advantages' signs say. */
  positives?: Tensor | undefined;
  /** Where the ratio is taken: of each token (when left out), exp of the mean log-ratio of its sequence with the
   * sequence's mean advantage or with the tokens' own, or exp of its sum, the ratio of whole responses. Not for
   * `reinforce` and not for `gspo`, which say it themselves. */
  ratio?: 'token' | 'sequence' | 'sequence-token' | 'product' | undefined;
  /** As `logp`: under the policy that drew the tokens, where that is not the old one. The surrogate is weighted by
   * sg(min(exp(oldLogp - behaviorLogp), behaviorCap)); `decoupled` needs it. */
  behaviorLogp?: Tensor | undefined;
  /** > 0; no cap when left out. */
  behaviorCap?: number | undefined;
}

const clips = ['clipLow', 'clipHigh'] as const;
const topr = ['ratioCap', 'positiveWeight', 'negativeWeight', 'positives', 'ratio'] as const;
type Rule = {
  raw: PolicyLossArgs['objective'];
  ratio?: PolicyLossArgs['ratio'];
  needs: readonly (keyof PolicyOptions)[];
  has: readonly (keyof PolicyOptions)[];
};

const rules: Record<PolicyObjective, Rule> = {
  ppo: { raw: 'ppo', needs: clips, has: ['ratio'] },
  'dual-clip': { raw: 'dual-clip', needs: [...clips, 'dualClip'], has: ['ratio'] },
  decoupled: { raw: 'ppo', needs: [...clips, 'behaviorLogp'], has: ['ratio'] },
  tis: { raw: 'tis', needs: [], has: ['ratioCap', 'ratio'] },
  cispo: { raw: 'cispo', needs: clips, has: ['ratio'] },
  topr: { raw: 'topr', needs: [], has: topr },
  reinforce: { raw: 'reinforce', needs: [], has: [] },
  gspo: { raw: 'ppo', ratio: 'sequence', needs: clips, has: [] },
  'gspo-token': { raw: 'ppo', ratio: 'sequence-token', needs: clips, has: [] },
};
const ofSome = [...new Set(Object.values(rules).flatMap(({ needs, has }) => [...needs, ...has]))];

/** The raw op's arguments of the surrogate. @throws ArgumentError for options that the objective lacks or needs */
export function surrogateOf(op: string, options: PolicyOptions) {
  const { objective = 'ppo' } = options;
  expectOneOf(op, 'objective', objective, Object.keys(rules));
  const rule = rules[objective];
  for (const name of rule.needs) {
    if (options[name] === undefined) {
      throw refuse(op, name, `a value, which '${objective}' needs`, 'nothing', 'ERR_MISSING');
    }
  }
  for (const name of ofSome) {
    if (options[name] === undefined || name === 'behaviorLogp') continue;
    if (rule.needs.includes(name) || rule.has.includes(name)) continue;
    throw refuse(op, name, `nothing: it has no effect on '${objective}'`, 'a value', 'ERR_RANGE');
  }
  if (options.ratio !== undefined) {
    expectOneOf(op, 'ratio', options.ratio, ['token', 'sequence', 'sequence-token', 'product']);
  }
  if (options.behaviorCap !== undefined && !options.behaviorLogp) {
    throw refuse(op, 'behaviorCap', 'nothing without behaviorLogp', 'a value', 'ERR_RANGE');
  }
  return {
    objective: rule.raw,
    ratio: rule.ratio ?? options.ratio ?? ('token' as const),
    clip_low: options.clipLow ?? 0,
    clip_high: options.clipHigh ?? 0,
    ratio_cap: options.dualClip ?? options.ratioCap ?? 1,
    positive_weight: options.positiveWeight ?? 1,
    negative_weight: options.negativeWeight ?? 1,
    behavior_cap: options.behaviorCap ?? NO_CAP,
  };
}

/** Above every ratio that a log-ratio within the op's limit can give. */
const NO_CAP = 1e30;

/** KL to a reference and entropy, beside the surrogate; every coefficient needs its input and every input its
 * coefficient. */
export interface RegularizerOptions {
  /** Estimator of KL[policy || reference] that is added: `k1`, `k2`, `k3` from `refLogp` (see `approxKl`), or `full`, the
   * divergence of the distributions given as `klDivergence`. */
  kl?: 'k1' | 'k2' | 'k3' | 'full' | undefined;
  klCoef?: number | undefined;
  /** `own` (when left out): derivative of the estimator; `k2`: its value, the derivative of k2, the one whose
   * expectation is the gradient of the divergence. */
  klGradient?: 'own' | 'k2' | undefined;
  /** As `logp`: under the reference; a constant. */
  refLogp?: Tensor | undefined;
  /** As `logp`: KL[policy || reference] of each token's distribution, nats. */
  klDivergence?: Tensor | undefined;
  /** As `logp`: entropy of each token's distribution, nats; its mean is a metric. */
  entropy?: Tensor | undefined;
  /** The entropy times this is taken off the loss; 0 when left out. */
  entropyCoef?: number | undefined;
}

/** The raw op's arguments of KL and entropy. @throws ArgumentError for a coefficient or an input without effect */
export function regularizersOf(op: string, options: RegularizerOptions) {
  const { klCoef, klGradient, refLogp, klDivergence, entropyCoef = 0 } = options;
  const kl = options.kl ?? ('none' as const);
  const input = kl === 'none' ? undefined : kl === 'full' ? 'klDivergence' : 'refLogp';
  const given = { klCoef, klGradient, refLogp, klDivergence };
  for (const [name, value] of Object.entries(given)) {
    const used =
      input !== undefined && (name === 'klCoef' || name === 'klGradient' || name === input);
    if (value !== undefined && !used) {
      throw refuse(op, name, `nothing: it has no effect with kl '${kl}'`, 'a value', 'ERR_RANGE');
    }
  }
  if (input && klCoef === undefined) {
    throw refuse(op, 'klCoef', `a number, since kl is '${kl}'`, 'nothing', 'ERR_MISSING');
  }
  if (klGradient && kl === 'full') {
    throw refuse(op, 'klGradient', "nothing: kl 'full' has its own", klGradient, 'ERR_RANGE');
  }
  return {
    kl,
    kl_coef: klCoef ?? 0,
    kl_gradient: klGradient ?? ('own' as const),
    entropy_coef: entropyCoef,
  };
}
