import { checkNames } from '@anacrusis/native';
import {
  empty,
  expectTensor,
  mul,
  opsOf,
  record,
  type Backward,
  type Tensor,
} from '@anacrusis/tensor';
import { speakAs } from './refusals.js';

export interface ApproxKlInput {
  /** Any shape: log-probabilities under the policy that drew the tokens, nats. */
  logp: Tensor;
  /** As `logp`: log-probabilities of the same tokens under the reference; a constant. */
  refLogp: Tensor;
  /** u8, as `logp`; 0: the estimate is 0 whatever the log-probabilities. */
  mask?: Tensor | undefined;
  /** With d = refLogp - logp: k1 = -d, k2 = d^2 / 2, k3 = exp(d) - 1 - d. */
  estimator: 'k1' | 'k2' | 'k3';
}

const names = new Set(['logp', 'refLogp', 'mask', 'estimator']);

/**
 * Per-token estimates of KL[policy || reference] from tokens that the policy drew (Schulman, "Approximating KL
 * divergence", 2020), differentiable by `logp` with the tokens held fixed: k1 has gradient 1, k2 has -d, k3 has
 * 1 - exp(d). Under the policy's own tokens the gradient of k2 is that of the divergence; that of k1 is 0 on
 * average, that of k3 is the gradient of KL[reference || policy].
 * @throws ArgumentError for shapes or dtypes that disagree
 */
export function approxKl(input: ApproxKlInput): Tensor {
  checkNames('approxKl', names, input);
  const { logp, refLogp, mask, estimator } = input;
  expectTensor('approxKl', 'logp', logp, 'f32');
  expectTensor('approxKl', 'refLogp', refLogp, 'f32', logp.shape);
  if (mask) expectTensor('approxKl', 'mask', mask, 'u8', logp.shape);
  const ops = opsOf('approxKl', { logp, refLogp, mask });
  const kl = empty(logp.shape, 'f32', logp);
  const slope = empty(logp.shape, 'f32', logp);
  const outputs = { kl: kl.raw, slope: slope.raw };
  const inputs = { logp: logp.raw, ref_logp: refLogp.raw, mask: mask?.raw };
  speakAs('approxKl', () => ops.approx_kl({ T: logp.size, ...inputs, estimator, ...outputs }));
  const backward: Backward = ([dkl], sink) => sink.add(0, mul(slope, dkl!));
  record('approxKl', [logp], [kl], backward, [slope]);
  return kl;
}
