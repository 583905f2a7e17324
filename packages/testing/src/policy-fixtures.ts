import type { OpArgs } from './op-cases.js';
import type { Random } from './random.js';
import type { PolicyInput } from './reference/policy_token.js';

export const objectives = ['reinforce', 'ppo', 'dual-clip', 'tis', 'cispo', 'topr'] as const;

/** None of them neutral. */
export const policyDefaults = {
  objective: 'ppo',
  kl: 'none',
  kl_gradient: 'own',
  clip_low: 0.2,
  clip_high: 0.28,
  ratio_cap: 1.15,
  positive_weight: 0.9,
  negative_weight: 1.1,
  behavior_cap: 1.2,
  kl_coef: 0,
  entropy_coef: 0.03,
};

/**
 * Per-token arrays around log-probabilities under the policy that learns: ratios on both sides of every bound, none close enough
 * to one for rounding to decide, a fifth of the weights 0.
 */
export function policyArrays(r: Random, logp: Float64Array, options: Partial<PolicyInput>): OpArgs {
  const differences = [-0.9, -0.45, -0.1, 0.02, 0.15, 0.4, 0.7];
  const near = (): Float32Array =>
    Float32Array.from(logp, (lp) => lp + differences[r.integer(0, differences.length - 1)]!);
  const made: OpArgs = {
    ...policyDefaults,
    old_logp: near(),
    advantages: r.f32(logp.length),
    weights: r.f32(logp.length, 0.01).map((w) => (r.uniform() < 0.2 ? 0 : Math.abs(w) + 0.004)),
    ...options,
  };
  if (made.kl !== 'none') made.ref_logp = near();
  if (made.kl !== 'none') made.kl_coef = options.kl_coef ?? 0.07;
  return made;
}

/** Options drawn together. */
export function drawnPolicy(r: Random): Partial<PolicyInput> {
  return {
    objective: r.of(objectives),
    kl: r.of(['none', 'none', 'k1', 'k2', 'k3']),
    kl_gradient: r.of(['own', 'k2']),
    entropy_coef: r.of([0, 0.03, 0.2]),
    clip_high: r.of([0.28, 1e30]),
  };
}
