import { checkNames } from '@anacrusis/native';
import { empty, expectTensor, LINEAR_WORKSPACE_BYTES, type Tensor } from '@anacrusis/tensor';
import {
  checkTokens,
  tokenLoss,
  tokenLossNames,
  tokenOps,
  tokenOptions,
  type TokenLossInput,
  type TokenLossResult,
} from './token-loss.js';

export interface LinearPolicyLossInput extends TokenLossInput {
  /** [T, D]: what the head takes, one row per token. */
  hidden: Tensor;
  /** [V, D]: weight of the head; the logits are hidden weight^T. */
  weight: Tensor;
  /** Budget for logits, 160 MiB when left out: the larger, the fewer passes over the weight. */
  workspaceBytes?: number | undefined;
}

const OP = 'linearPolicyLoss';
const names = new Set([...tokenLossNames, 'hidden', 'weight', 'workspaceBytes']);

/**
 * `policyLoss` of the logits hidden weight^T, which are never in memory as a whole: log-probabilities, loss and its
 * gradients by hidden and weight chunk by chunk, 6 T V D operations in all, 4 where the weight needs no gradient. The
 * gradients are made in this call; masked tokens are not read. Ratios are those of tokens.
 * @throws ArgumentError as policyLoss, and for an objective with ratios of whole sequences
 */
export function linearPolicyLoss(input: LinearPolicyLossInput): TokenLossResult {
  checkNames(OP, names, input);
  const { hidden, weight, workspaceBytes = LINEAR_WORKSPACE_BYTES, ...rest } = input;
  tokenOptions(OP, rest);
  expectTensor(OP, 'hidden', hidden, 'f32', [null, null]);
  const [T, D] = hidden.shape as [number, number];
  expectTensor(OP, 'weight', weight, 'f32', [null, D]);
  checkTokens(OP, rest, T);
  const ops = tokenOps(OP, rest, { hidden, weight });
  const dhidden = empty([T, D], 'f32', hidden);
  const dweight = weight.requiresGrad ? empty(weight.shape, 'f32', hidden) : undefined;
  const differentiated = dweight
    ? { sources: [hidden, weight], gradients: [dhidden, dweight] }
    : { sources: [hidden], gradients: [dhidden] };
  return tokenLoss(OP, rest, differentiated, (given) =>
    ops.linear_policy_loss({
      ...given,
      ...{ V: weight.shape[0]!, D, hidden: hidden.raw, weight: weight.raw, accumulate: false },
      ...{ workspace_bytes: workspaceBytes, dhidden: dhidden.raw, dweight: dweight?.raw },
    }),
  );
}
