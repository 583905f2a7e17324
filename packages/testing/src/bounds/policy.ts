// How far the loss of a token and its slope may be off in float32: first order, from the conditioning of each term.
import {
  behaviorWeight,
  constantWeight,
  isClipped,
  isPositive,
  klValue,
  type PolicyLossInput,
} from '../reference/policy_loss.js';
import { u } from './softmax.js';

/** d: log of the ratio, logp: log-probability, entropy: of the row. */
export interface InputErrors {
  d: number;
  logp: number;
  entropy: number;
}

const bounded = (d: number): number => Math.min(Math.max(d, -20), 20);

/**
 * The ratio e^d is off by the error of d, relative, and by 4 u of float32 exp; the surrogate is a product of at most five
 * factors (w, ratio, A, cap or weight, log-probability). KL terms: the slope of the estimator by log r times the error of
 * log r, and 4 u of the terms that are added up. A bound that takes the place of a ratio is no steeper than the ratio.
 */
export function policyTermErrors(
  a: PolicyLossInput,
  i: number,
  { d, A }: { d: number; A: number },
  errors: InputErrors,
): { loss: number; slope: number } {
  const logp = a.logp[i]!;
  const r = Math.exp(bounded(d));
  const positive = isPositive(a, i, A);
  const behavior = a.behavior_logp ? Math.abs(a.old_logp[i]! - a.behavior_logp[i]!) : 0;
  const omega = isClipped(a) ? r : Math.abs(constantWeight(a, r, positive));
  const size = behaviorWeight(a, i) * omega * Math.abs(A);
  const unread = a.objective === 'reinforce' || (a.objective === 'topr' && positive);
  const ofRatio = unread ? 0 : errors.d + u * Math.abs(bounded(d));
  const relative = ofRatio + u * (16 + Math.min(behavior, 20));
  const surrogate = isClipped(a)
    ? size * relative
    : size * (Math.abs(logp) * relative + errors.logp);
  const kl = klErrors(a, i, errors.logp);
  const values = a.kl_coef * klValue(a, logp, i);
  const entropy = a.entropy_coef * (errors.entropy + 2 * u * Math.abs(a.entropy?.[i] ?? 0));
  return {
    loss: surrogate + a.kl_coef * kl.value + 2 * u * Math.abs(values) + entropy,
    slope: size * relative + a.kl_coef * kl.slope,
  };
}

function klErrors(a: PolicyLossInput, i: number, error: number): { value: number; slope: number } {
  if (a.kl === 'none') return { value: 0, slope: 0 };
  if (a.kl === 'full') return { value: 2 * u * Math.abs(a.kl_divergence![i]!), slope: 0 };
  const log = a.ref_logp![i]! - a.logp[i]!;
  const off = error + u * Math.abs(log);
  const steep = Math.exp(bounded(log));
  // exp(x) - 1 - x is a series below 1/2 and a difference above: rounded by u of its largest term
  const ofK3 = Math.abs(log) < 0.5 ? Math.abs(log) : steep + Math.abs(log);
  const value = { k1: off, k2: Math.abs(log) * off, k3: Math.abs(Math.expm1(bounded(log))) * off };
  const slope = { k1: 2 * u, k2: off, k3: steep * off + 8 * u * ofK3 };
  return {
    value: value[a.kl] + 8 * u * (a.kl === 'k3' ? ofK3 * Math.min(1, Math.abs(log)) : 0),
    slope: a.kl_gradient === 'k2' ? slope.k2 + 2 * u * Math.abs(log) : slope[a.kl],
  };
}
