import type { OpArgs } from '../op-cases.js';
import { terms, type PolicyLossInput } from './policy_loss.js';

/** Options and per-token arrays that the losses over logits share. */
export interface PolicyInput extends Omit<PolicyLossInput, 'mask' | 'offsets' | 'ratio'> {
  weights: Float32Array;
}

/** Loss of a token, not weighted, with its derivatives by its log-probability and by its entropy. */
export interface PolicyTokenLoss {
  loss: number;
  dlogp: number;
  dentropy: number;
}

/** As policy_loss has it, with the ratio of the token. */
export function policyToken(
  args: OpArgs,
  i: number,
  logp: number,
  entropy: number,
): PolicyTokenLoss {
  const own = { logp: { [i]: logp, length: i + 1 }, entropy: { [i]: entropy, length: i + 1 } };
  const a = { ...args, ...own } as unknown as PolicyLossInput;
  const { loss, slope } = terms(a, i, { d: logp - a.old_logp[i]!, A: a.advantages[i]! });
  return { loss, dlogp: slope, dentropy: -a.entropy_coef };
}
