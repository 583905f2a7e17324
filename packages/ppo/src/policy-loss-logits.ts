import { checkNames } from '@anacrusis/native';
import { empty, expectTensor, type Tensor } from '@anacrusis/tensor';
import { expectOneOf } from './refusals.js';
import {
  checkTokens,
  tokenLoss,
  tokenLossNames,
  tokenOps,
  tokenOptions,
  type TokenLossInput,
  type TokenLossResult,
} from './token-loss.js';

export interface PolicyLossLogitsInput extends TokenLossInput {
  /** [T, V], one row per token. */
  logits: Tensor;
  /** The gradient takes the place of the logits, whose values are gone then: for logits that nothing else reads, not
   * even the backward pass of what made them (a matrix product does not). Otherwise, and when left out, it is made in
   * a copy. */
  inPlace?: boolean | undefined;
}

const OP = 'policyLossLogits';
const names = new Set([...tokenLossNames, 'logits', 'inPlace']);

/**
 * `policyLoss` of the log-probabilities of `targets` under `logits`: they, the loss and its gradient by the logits in one
 * pass over the rows. The gradient is made in this call; masked rows are not read and have gradient 0. Ratios are those
 * of tokens.
 * @throws ArgumentError as policyLoss, and for an objective with ratios of whole sequences
 */
export function policyLossLogits(input: PolicyLossLogitsInput): TokenLossResult {
  checkNames(OP, names, input);
  const { logits, inPlace = false, ...rest } = input;
  expectOneOf(OP, 'inPlace', inPlace, [true, false]);
  tokenOptions(OP, rest);
  expectTensor(OP, 'logits', logits, 'f32', [null, null]);
  const [T, V] = logits.shape as [number, number];
  checkTokens(OP, rest, T);
  const ops = tokenOps(OP, rest, { logits });
  const gradient = inPlace
    ? logits.alias(logits.shape)
    : empty(logits.shape, 'f32', logits).copyFrom(logits);
  return tokenLoss(OP, rest, { sources: [logits], gradients: [gradient] }, (given) =>
    ops.policy_loss_logits({ ...given, V, logits: gradient.raw }),
  );
}
