import { checkNames } from '@anacrusis/native';
import {
  empty,
  expectTensor,
  full,
  mul,
  opsOf,
  record,
  type Backward,
  type Tensor,
} from '@anacrusis/tensor';
import type { Aggregation } from './aggregate.js';
import { speakAs } from './refusals.js';
import { sequencesOf } from './sequences.js';

export interface PolicyLossInput {
  /** [B,T], or packed [T] with `offsets` (`token-mean` does not need them): log-probabilities under the policy that
   * learns, nats. */
  logp: Tensor;
  /** As `logp`: under the policy that drew the tokens; a constant. */
  oldLogp: Tensor;
  /** As `logp`: A_t; a constant. */
  advantages: Tensor;
  /** u8, as `logp`; 1: the token counts. Values at masked tokens have no effect. */
  mask: Tensor;
  /** i32 [S+1]: where each packed sequence begins, then T */
  offsets?: Tensor | undefined;
  /** >= 0: the ratio is clipped below 1 - clipLow. */
  clipLow: number;
  /** >= 0: the ratio is clipped above 1 + clipHigh. */
  clipHigh: number;
  aggregation: Aggregation;
  /** > 0, counted over the whole optimiser batch (all micro-batches and ranks): see `Aggregation`. */
  denominator: number;
}

/** Over the unmasked tokens of this call; the counts are weights to combine calls with. */
export interface PolicyLossMetrics {
  /** loss = numerator / denominator, in float64 */
  numerator: number;
  denominator: number;
  /** Unmasked tokens. */
  tokens: number;
  /** Sequences with an unmasked token. */
  sequences: number;
  /** Share of the tokens whose clipped branch is active and binds, so that their gradient is 0. */
  clipFrac: number;
  /** Mean k3 of KL[old || new], nats. */
  approxKl: number;
  /** Mean k1 of KL[old || new], nats. */
  oldApproxKl: number;
  /** Largest ratio; 0 without tokens. */
  maxRatio: number;
  /** Tokens with a log-ratio, ratio or advantage that is not finite. */
  nonFinite: number;
}

export interface PolicyLossResult {
  /** Scalar, differentiable by `logp`. */
  loss: Tensor;
  metrics: PolicyLossMetrics;
}

const OP = 'policyLoss';
const names = new Set(
  'logp oldLogp advantages mask offsets clipLow clipHigh aggregation denominator'.split(' '),
);

function named(raw: Float64Array, denominator: number): PolicyLossMetrics {
  const [numerator, tokens, sequences, clipped, k3, k1, maxRatio, nonFinite] = [...raw] as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  const share = (sum: number): number => (tokens === 0 ? 0 : sum / tokens);
  const means = { clipFrac: share(clipped), approxKl: share(k3), oldApproxKl: share(k1) };
  return { numerator, denominator, tokens, sequences, ...means, maxRatio, nonFinite };
}

/**
 * Clipped policy loss (PPO, 1707.06347, eq. 7, with two clip ranges) over an explicit global denominator: parts
 * of a batch add up to its loss, however it is cut between sequences.
 * @throws ArgumentError for a wrong shape or dtype, offsets that do not rise from 0 to T, and a clip or
 *   denominator out of range
 */
export function policyLoss(input: PolicyLossInput): PolicyLossResult {
  checkNames(OP, names, input);
  const { logp, oldLogp, advantages, mask, aggregation, denominator } = input;
  const sequences = sequencesOf(OP, 'logp', logp, input.offsets, aggregation);
  expectTensor(OP, 'oldLogp', oldLogp, 'f32', logp.shape);
  expectTensor(OP, 'advantages', advantages, 'f32', logp.shape);
  expectTensor(OP, 'mask', mask, 'u8', logp.shape);
  const ops = opsOf(OP, { logp, oldLogp, advantages, mask });
  const dlogp = empty(logp.shape, 'f32', logp);
  using value = empty([1], 'f64', logp);
  using sums = empty([8], 'f64', logp);
  const outputs = { loss: value.raw, metrics: sums.raw, dlogp: dlogp.raw };
  speakAs(OP, () =>
    ops.policy_loss({
      ...{ ...sequences, aggregation, denominator, ...outputs },
      ...{ clip_low: input.clipLow, clip_high: input.clipHigh, mask: mask.raw },
      ...{ logp: logp.raw, old_logp: oldLogp.raw, advantages: advantages.raw },
    }),
  );
  const loss = full([], value.item(), 'f32', logp);
  const backward: Backward = ([dloss], sink) => sink.add(0, mul(dlogp, dloss!));
  record(OP, [logp], [loss], backward, [dlogp]);
  return { loss, metrics: named(sums.read() as Float64Array, denominator) };
}
