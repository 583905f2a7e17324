import { checkNames, cpu } from '@anacrusis/native';
import { record } from '../tape.js';
import { empty } from '../create.js';
import { expectTensor } from '../expect-tensor.js';
import type { Tensor } from '../tensor.js';

export interface TokenLogProbsInput {
  /** [T, V]; may hold -Infinity for tokens that cannot occur. */
  logits: Tensor;
  /** [T] i32 in 0..V-1. */
  targets: Tensor;
  /** Temperature that the logits are divided by; 1 when left out. */
  temperature?: number;
}

/** All [T]: log-probability of the target, entropy of the row in nats, log-sum-exp of the scaled row. */
export interface TokenLogProbs {
  logp: Tensor;
  entropy: Tensor;
  lse: Tensor;
}

const names = new Set(['logits', 'targets', 'temperature']);

/**
 * Log-probability of each target, entropy and log-sum-exp in one read of the logits; logp and entropy
 * are differentiable.
 * @throws ArgumentError for shapes or dtypes that disagree, a target outside of the vocabulary, a temperature not > 0
 */
export function tokenLogProbs(input: TokenLogProbsInput): TokenLogProbs {
  checkNames('tokenLogProbs', names, input);
  const { logits, targets, temperature = 1 } = input;
  expectTensor('tokenLogProbs', 'logits', logits, 'f32', [null, null]);
  const [T, V] = logits.shape as [number, number];
  expectTensor('tokenLogProbs', 'targets', targets, 'i32', [T]);
  const [logp, entropy, lse] = [empty([T]), empty([T]), empty([T])];
  const rows = { entropy: entropy.f32, lse: lse.f32 };
  const common = { T, V, logits: logits.f32, targets: targets.i32, temperature, ...rows };
  cpu.token_log_probs({ logp: logp.f32, ...common });
  record('token_log_probs', [logits, targets, lse], [logp, entropy], (grads, sink) => {
    const gradients = { dlogp: grads[0]!, dentropy: sink.has(1) ? grads[1] : undefined };
    cpu.token_log_probs_backward({ dlogits: sink.output(0), ...common, ...gradients });
  });
  return { logp, entropy, lse };
}
