import { checkNames } from '@anacrusis/native';
import { empty } from '../create.js';
import { opsOf } from '../device.js';
import { expectTensor } from '../expect-tensor.js';
import { record } from '../tape.js';
import type { Tensor } from '../tensor.js';

export interface TokenLogProbsInput {
  /** [T, V]; may hold -Infinity for tokens that cannot occur. */
  logits: Tensor;
  /** [T] i32 in 0..V-1; with `ignoreOutside` also outside of it. */
  targets: Tensor;
  /** Temperature that the logits are divided by; 1 when left out. */
  temperature?: number | undefined;
  /** Rows with a target outside of 0..V-1 are not read: results and gradients are 0. They are refused when left out. */
  ignoreOutside?: boolean | undefined;
}

/** All [T]: log-probability of the target, entropy of the row in nats, log-sum-exp of the scaled row. */
export interface TokenLogProbs {
  logp: Tensor;
  entropy: Tensor;
  lse: Tensor;
}

const names = new Set(['logits', 'targets', 'temperature', 'ignoreOutside']);

/**
 * Log-probability of each target, entropy and log-sum-exp in one read of the logits; logp and entropy
 * are differentiable.
 * @throws ArgumentError for shapes or dtypes that disagree, a target outside of the vocabulary, a temperature not > 0
 */
export function tokenLogProbs(input: TokenLogProbsInput): TokenLogProbs {
  checkNames('tokenLogProbs', names, input);
  const { logits, targets, temperature = 1, ignoreOutside = false } = input;
  expectTensor('tokenLogProbs', 'logits', logits, 'f32', [null, null]);
  const [T, V] = logits.shape as [number, number];
  expectTensor('tokenLogProbs', 'targets', targets, 'i32', [T]);
  const ops = opsOf('tokenLogProbs', { logits, targets });
  const perToken = (): Tensor => empty([T], 'f32', logits);
  const [logp, entropy, lse] = [perToken(), perToken(), perToken()];
  const rows = { entropy: entropy.raw, lse: lse.raw };
  const given = { dtype: 'f32', logits: logits.raw, targets: targets.raw, temperature } as const;
  const common = { T, V, ignore_outside: ignoreOutside, ...given, ...rows };
  ops.token_log_probs({ logp: logp.raw, ...common });
  record('token_log_probs', [logits, targets, lse], [logp, entropy], (grads, sink) => {
    const gradients = { dlogp: grads[0]!.raw, dentropy: sink.has(1) ? grads[1]!.raw : undefined };
    ops.token_log_probs_backward({ dlogits: sink.output(0).raw, ...common, ...gradients });
  });
  return { logp, entropy, lse };
}
