import type { Expected, OpArgs } from '../op-cases.js';
import { policyToken } from './policy_token.js';
import { inVocabulary, tokenLogProbs, type TokenLogProbsInput } from './token_log_probs.js';
import { gradientRow } from './token_log_probs_backward.js';

/** Log-probabilities by their definition, the loss of each token from the papers, the chain rule through the softmax. */
export function policyLossLogits(args: OpArgs): Expected {
  const a = args as unknown as TokenLogProbsInput & { weights: Float32Array };
  const { logp, entropy } = tokenLogProbs(args) as Record<'logp' | 'entropy', Float64Array>;
  const losses = new Float64Array(a.T);
  const logits = new Float64Array(a.T * a.V);
  let loss = 0;
  for (let row = 0; row < a.T; row++) {
    const weight = a.weights[row]!;
    if (weight === 0 || !inVocabulary(a, row)) {
      logp[row] = entropy[row] = 0;
      continue;
    }
    const token = policyToken(args, row, logp[row]!, entropy[row]!);
    losses[row] = token.loss;
    loss += weight * token.loss;
    if (token.dlogp === 0 && token.dentropy === 0) continue;
    const gradient = gradientRow(a, row, weight * token.dlogp, weight * token.dentropy);
    logits.set(gradient, row * a.V);
  }
  return { logits, loss: [loss], losses, logp, entropy };
}
