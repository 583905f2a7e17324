import type { Expected, OpArgs } from '../op-cases.js';
import type { PolicyLossInput } from '../reference/policy_loss.js';
import { policyToken } from '../reference/policy_token.js';
import { inVocabulary, type TokenLogProbsInput } from '../reference/token_log_probs.js';
import { policyTermErrors } from './policy.js';
import { gradientErrors, softmaxErrors } from './softmax.js';

type Input = TokenLogProbsInput & PolicyLossInput & { weights: Float32Array };

/** Errors of everything, by those of each logit, `logitError(element)`. */
export function policyLossLogitsErrors(
  args: OpArgs,
  logitError?: (element: number) => number,
): Record<'logits' | 'losses' | 'logp' | 'entropy' | 'loss', Float64Array> {
  const a = args as unknown as Input;
  const perToken = (): Float64Array => new Float64Array(a.T);
  const [losses, logp, entropy, loss] = [perToken(), perToken(), perToken(), new Float64Array(1)];
  const logits = new Float64Array(a.T * a.V);
  for (let row = 0; row < a.T; row++) {
    const weight = a.weights[row]!;
    if (weight === 0 || !inVocabulary(a, row)) continue;
    const errors = softmaxErrors(a, row, logitError && ((j) => logitError(row * a.V + j)));
    const value = -errors.surprise[a.targets[row]!]!;
    const own = {
      logp: { [row]: value, length: row + 1 },
      entropy: { [row]: errors.entropyValue, length: row + 1 },
    };
    const token = { d: value - a.old_logp[row]!, A: a.advantages[row]! };
    const off = { d: errors.logp, logp: errors.logp, entropy: errors.entropy };
    const term = policyTermErrors({ ...a, ...own }, row, token, off);
    [losses[row], logp[row], entropy[row]] = [term.loss, errors.logp, errors.entropy];
    loss[0]! += weight * term.loss;
    const { dlogp, dentropy } = policyToken(args, row, value, errors.entropyValue);
    if (dlogp === 0 && dentropy === 0) continue;
    const slopes: [number, number] = [weight * dlogp, weight * dentropy];
    logits.set(gradientErrors(a, row, slopes, errors, weight * term.slope), row * a.V);
  }
  return { logits, losses, logp, entropy, loss };
}

export function policyLossLogitsBounds(args: OpArgs): Expected {
  const { logits, losses, loss } = policyLossLogitsErrors(args);
  return { '±logits': logits, '±losses': losses, '±loss': loss };
}
