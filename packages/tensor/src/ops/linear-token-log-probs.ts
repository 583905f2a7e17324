import { checkNames } from '@anacrusis/native';
import { empty } from '../create.js';
import { opsOf } from '../device.js';
import { expectTensor } from '../expect-tensor.js';
import { record } from '../tape.js';
import type { Tensor } from '../tensor.js';
import type { TokenLogProbs } from './token-log-probs.js';

export interface LinearTokenLogProbsInput {
  /** [T, D]: what the head takes. */
  hidden: Tensor;
  /** [V, D]: weight of the head; the logits are hidden weight^T. */
  weight: Tensor;
  /** [T] i32 in 0..V-1; with `ignoreOutside` also outside of it. */
  targets: Tensor;
  /** Temperature that the logits are divided by; 1 when left out. */
  temperature?: number | undefined;
  /** Rows with a target outside of 0..V-1 are not read: results and gradients are 0. They are refused when left out. */
  ignoreOutside?: boolean | undefined;
  /** Budget of the gradient for logits, 160 MiB when left out: the larger, the fewer passes over the weight. */
  workspaceBytes?: number | undefined;
}

const names = new Set([
  ...['hidden', 'weight', 'targets', 'temperature', 'ignoreOutside', 'workspaceBytes'],
]);

/** 160 MiB: at a vocabulary of 152,000 some 270 tokens at a time. */
export const LINEAR_WORKSPACE_BYTES = 160 * 2 ** 20;

/**
 * `tokenLogProbs` of the logits hidden weight^T, which are never in memory as a whole; logp and entropy are
 * differentiable by hidden and weight. The gradient makes the logits again, a chunk of tokens at a time: 8 T V D
 * operations with the forward pass against 6 with stored logits; those of a frozen weight are not computed.
 * @throws ArgumentError for shapes or dtypes that disagree, a target outside of the vocabulary, a temperature not > 0
 */
export function linearTokenLogProbs(input: LinearTokenLogProbsInput): TokenLogProbs {
  const op = 'linearTokenLogProbs';
  checkNames(op, names, input);
  const { hidden, weight, targets, temperature = 1, ignoreOutside = false } = input;
  expectTensor(op, 'hidden', hidden, 'f32', [null, null]);
  const [T, D] = hidden.shape as [number, number];
  expectTensor(op, 'weight', weight, 'f32', [null, D]);
  expectTensor(op, 'targets', targets, 'i32', [T]);
  const ops = opsOf(op, { hidden, weight, targets });
  const perToken = (): Tensor => empty([T], 'f32', hidden);
  const [logp, entropy, lse] = [perToken(), perToken(), perToken()];
  const common = {
    ...({ T, V: weight.shape[0]!, D, dtype: 'f32', temperature } as const),
    ...{ hidden: hidden.raw, weight: weight.raw, targets: targets.raw },
    ignore_outside: ignoreOutside,
  };
  ops.linear_token_log_probs({ ...common, logp: logp.raw, entropy: entropy.raw, lse: lse.raw });
  record('linear_token_log_probs', [hidden, weight, targets], [logp, entropy], (grads, sink) => {
    const dweight = sink.wants(1) ? sink.accumulator(1) : undefined;
    ops.linear_token_log_probs_backward({
      ...common,
      dlogp: grads[0]!.raw,
      dentropy: sink.has(1) ? grads[1]!.raw : undefined,
      workspace_bytes: input.workspaceBytes ?? LINEAR_WORKSPACE_BYTES,
      dhidden: sink.output(0).raw,
      dweight: dweight?.d.raw,
      accumulate: dweight?.add ?? false,
    });
  });
  return { logp, entropy, lse };
}
