import type { Expected, OpArgs } from '../op-cases.js';
import { aggregated, countedSequences } from '../reference/aggregation.js';
import { tokensOf, type PolicyLossInput } from '../reference/policy_loss.js';
import { policyTermErrors } from './policy.js';
import { u } from './softmax.js';

/** d is a difference of two float32; the log-ratios of a sequence are rounded one by one, then their mean or sum is. */
function logRatioErrors(a: PolicyLossInput): Map<number, number> {
  const errors = new Map<number, number>();
  for (const sequence of countedSequences(a)) {
    const own = sequence.map((i) => u * Math.abs(a.logp[i]! - a.old_logp[i]!));
    const all = own.reduce((sum, e) => sum + e, 0);
    const shared = a.ratio === 'product' ? all : all / sequence.length;
    sequence.forEach((i, k) => errors.set(i, a.ratio === 'token' ? own[k]! : 2 * shared));
  }
  return errors;
}

/** Of dlogp, and of the loss: errors of its terms, times weight / denominator. */
export function policyLossErrors(args: OpArgs): Expected {
  const a = args as unknown as PolicyLossInput;
  const ofRatio = logRatioErrors(a);
  const dlogp = new Float64Array(a.T);
  const tokens = tokensOf(a);
  const errors = new Map(
    [...tokens].map(([i, token]) => [
      i,
      policyTermErrors(a, i, token, { d: ofRatio.get(i)!, logp: 0, entropy: 0 }),
    ]),
  );
  const { numerator, weights } = aggregated(a, (i) => errors.get(i)!.loss);
  for (const [i, { slope }] of errors) dlogp[i] = (slope * weights[i]!) / a.denominator;
  return { '±dlogp': dlogp, '±loss': [numerator / a.denominator] };
}
