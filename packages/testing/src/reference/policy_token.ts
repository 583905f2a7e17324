import type { OpArgs } from '../op-cases.js';

/** Options and per-token arrays that the losses over logits share. */
export interface PolicyInput {
  old_logp: Float32Array;
  advantages: Float32Array;
  weights: Float32Array;
  behaviour_logp?: Float32Array;
  reference_logp?: Float32Array;
  positive?: Uint8Array;
  objective: string;
  kl: string;
  kl_gradient: string;
  clip_low: number;
  clip_high: number;
  dual_clip: number;
  ratio_cap: number;
  positive_weight: number;
  negative_weight: number;
  behaviour_cap: number;
  kl_coef: number;
  entropy_coef: number;
}

/** Loss of a token with its derivatives by its log-probability and by its entropy. */
export interface PolicyTokenLoss {
  loss: number;
  dlogp: number;
  dentropy: number;
}

const limited = (d: number): number => Math.min(20, Math.max(-20, d));
const clip = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

/** The constant weights of -A log pi: TIS 'min(r, cap)', CISPO (2506.13585, eq. 4), TOPR (2503.14286), REINFORCE 1. */
function omega(a: PolicyInput, i: number, ratio: number): number {
  if (a.objective === 'tis') return Math.min(ratio, a.ratio_cap);
  if (a.objective === 'cispo') return clip(ratio, 1 - a.clip_low, 1 + a.clip_high);
  if (a.objective === 'reinforce') return 1;
  const positive = a.positive ? a.positive[i] === 1 : a.advantages[i]! > 0;
  return positive ? a.positive_weight : a.negative_weight * Math.min(ratio, a.ratio_cap);
}

function surrogate(a: PolicyInput, i: number, logp: number): { loss: number; slope: number } {
  const advantage = a.advantages[i]!;
  const d = logp - a.old_logp[i]!;
  const ratio = Math.exp(limited(d));
  if (a.objective !== 'ppo' && a.objective !== 'dual-clip') {
    const factor = -advantage * omega(a, i, ratio);
    return { loss: factor * logp, slope: factor };
  }
  // 1707.06347 eq. 7 by cases on the sign of the advantage; 1912.09729 eq. 5 below
  const flat = (bound: number): { loss: number; slope: number } => ({
    loss: -advantage * bound,
    slope: 0,
  });
  if (advantage > 0 && ratio > 1 + a.clip_high) return flat(1 + a.clip_high);
  if (advantage < 0 && ratio < 1 - a.clip_low) return flat(1 - a.clip_low);
  if (a.objective === 'dual-clip' && advantage < 0 && ratio > a.dual_clip) return flat(a.dual_clip);
  return { loss: -advantage * ratio, slope: Math.abs(d) > 20 ? 0 : -advantage * ratio };
}

/** k1, k2, k3 (Schulman, 2020) of d = log ref - log pi with their derivatives by log pi. */
function klTerm(a: PolicyInput, d: number): { value: number; slope: number } {
  if (a.kl === 'none') return { value: 0, slope: 0 };
  const estimators: Record<string, { value: number; slope: number }> = {
    k1: { value: -d, slope: 1 },
    k2: { value: (d * d) / 2, slope: -d },
    k3: {
      value: Math.expm1(limited(d)) - limited(d),
      slope: Math.abs(d) > 20 ? 0 : -Math.expm1(d),
    },
  };
  const own = estimators[a.kl]!;
  return { value: own.value, slope: a.kl_gradient === 'k2' ? -d : own.slope };
}

/** Not weighted; from the papers, in float64. */
export function policyToken(
  args: OpArgs,
  i: number,
  logp: number,
  entropy: number,
): PolicyTokenLoss {
  const a = args as unknown as PolicyInput;
  const behaviour = a.behaviour_logp ? a.old_logp[i]! - a.behaviour_logp[i]! : 0;
  const w = Math.min(Math.exp(limited(behaviour)), a.behaviour_cap);
  const { loss, slope } = surrogate(a, i, logp);
  const kl = klTerm(a, a.reference_logp ? a.reference_logp[i]! - logp : 0);
  return {
    loss: w * loss + a.kl_coef * kl.value - a.entropy_coef * entropy,
    dlogp: w * slope + a.kl_coef * kl.slope,
    dentropy: -a.entropy_coef,
  };
}
