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
import {
  regularizersOf,
  surrogateOf,
  type PolicyOptions,
  type RegularizerOptions,
} from './policy-options.js';
import { speakAs } from './refusals.js';
import { sequencesOf } from './sequences.js';

export interface PolicyLossInput extends PolicyOptions, RegularizerOptions {
  /** [B,T], or packed [T] with `offsets` (one sequence without, where sequences make no difference): log-probabilities
   * under the policy that learns, nats. */
  logp: Tensor;
  /** As `logp`: under the policy that the ratio is taken to; a constant. */
  oldLogp: Tensor;
  /** As `logp`: A_t; a constant. */
  advantages: Tensor;
  /** u8, as `logp`; 1: the token counts. Values at masked tokens have no effect. */
  mask: Tensor;
  /** i32 [S+1]: where each packed sequence begins, then T */
  offsets?: Tensor | undefined;
  aggregation: Aggregation;
  /** > 0, counted over the whole optimiser batch (all micro-batches and ranks): see `Aggregation`. */
  denominator: number;
}

/** Over the unmasked tokens of this call; the counts are weights to combine calls with. */
export interface PolicyLossMetrics {
  /** loss = numerator / denominator, in float64 */
  numerator: number;
  denominator: number;
  /** The numerator before it was rounded, for `lossOfParts`. */
  numeratorSum: Int32Array;
  /** Unmasked tokens. */
  tokens: number;
  /** Sequences with an unmasked token. */
  sequences: number;
  /** The loss without its KL and entropy terms. */
  surrogate: number;
  /** Share of the tokens whose ratio was replaced by a bound: the sum of the three below. */
  clipFrac: number;
  clipFracLow: number;
  clipFracHigh: number;
  clipFracDual: number;
  /** Mean k3 of KL[old || new], nats. */
  approxKl: number;
  /** Mean k1 of KL[old || new], nats. */
  oldApproxKl: number;
  /** Mean k2 of KL[old || new], nats. */
  approxKlK2: number;
  /** Of the ratios that the objective used, at their level; 0 without tokens. */
  meanRatio: number;
  maxRatio: number;
  /** (sum r)^2 / (n sum r^2): share of the tokens that count under the weights r, in (0, 1]. */
  effectiveSampleSize: number;
  /** Mean entropy, where it was given. */
  entropy?: number;
  /** Mean of the KL term's estimates, where there is one. */
  kl?: number;
  /** Of the weights old / behavior, capped: mean, effective sample size, share that was capped; where given. */
  behavior?: { meanWeight: number; effectiveSampleSize: number; cappedFrac: number };
  /** Tokens with a log-ratio beyond 20, which was taken as 20. */
  clampedLogRatios: number;
  /** Tokens with an input that is not finite. */
  nonFinite: number;
}

export interface PolicyLossResult {
  /** Scalar, differentiable by `logp`, and by `entropy` and `klDivergence` where they are part of it. */
  loss: Tensor;
  metrics: PolicyLossMetrics;
}

const OP = 'policyLoss';
const names = new Set(
  (
    'logp oldLogp advantages mask offsets aggregation denominator objective clipLow clipHigh dualClip ratioCap ' +
    'positiveWeight negativeWeight positives ratio behaviorLogp behaviorCap kl klCoef klGradient refLogp ' +
    'klDivergence entropy entropyCoef'
  ).split(' '),
);

function named(
  raw: Float64Array,
  input: PolicyLossInput,
  numeratorSum: Int32Array,
): PolicyLossMetrics {
  const [numerator, tokens, sequences, low, high, dual, k1, k2, k3] = [...raw] as [
    ...[number, number, number, number, number, number, number, number, number],
  ];
  const [ratio, squares, maxRatio, entropy, kl, surrogate] = [...raw.subarray(9)] as [
    ...[number, number, number, number, number, number],
  ];
  const [weight, weightSquares, capped, clampedLogRatios, nonFinite] = [...raw.subarray(15)] as [
    ...[number, number, number, number, number],
  ];
  const share = (sum: number): number => (tokens === 0 ? 0 : sum / tokens);
  const ess = (sum: number, ofSquares: number): number => share(sum) * (sum / (ofSquares || 1));
  const behavior = {
    meanWeight: share(weight),
    effectiveSampleSize: ess(weight, weightSquares),
    cappedFrac: share(capped),
  };
  return {
    ...{ numerator, denominator: input.denominator, numeratorSum, tokens, sequences, surrogate },
    ...{ clipFrac: share(low + high + dual), clipFracLow: share(low), clipFracHigh: share(high) },
    ...{ clipFracDual: share(dual), approxKl: share(k3), oldApproxKl: share(k1) },
    ...{ approxKlK2: share(k2), meanRatio: share(ratio), maxRatio },
    effectiveSampleSize: ess(ratio, squares),
    ...(input.entropy && { entropy: share(entropy) }),
    ...(input.kl && { kl: share(kl) }),
    ...(input.behaviorLogp && { behavior }),
    ...{ clampedLogRatios, nonFinite },
  };
}

/** The per-token inputs in the raw op's names, checked. */
function tokensOf(input: PolicyLossInput) {
  const { shape } = input.logp;
  const optional = ['behaviorLogp', 'refLogp', 'klDivergence', 'entropy'] as const;
  for (const name of optional) if (input[name]) expectTensor(OP, name, input[name], 'f32', shape);
  expectTensor(OP, 'oldLogp', input.oldLogp, 'f32', shape);
  expectTensor(OP, 'advantages', input.advantages, 'f32', shape);
  expectTensor(OP, 'mask', input.mask, 'u8', shape);
  if (input.positives) expectTensor(OP, 'positives', input.positives, 'u8', shape);
  return {
    ...{ logp: input.logp.raw, old_logp: input.oldLogp.raw, advantages: input.advantages.raw },
    ...{ behavior_logp: input.behaviorLogp?.raw, ref_logp: input.refLogp?.raw },
    ...{ kl_divergence: input.klDivergence?.raw, entropy: input.entropy?.raw },
    ...{ mask: input.mask.raw, positives: input.positives?.raw },
  };
}

/**
 * Policy loss over an explicit global denominator: parts of a batch add up to its loss, however it is cut between
 * sequences. Objectives, levels of the ratio, KL and entropy terms: see `PolicyOptions` and `RegularizerOptions`.
 * @throws ArgumentError for a wrong shape or dtype, offsets that do not rise from 0 to T, a number out of range, and an
 *   option or input without effect
 */
export function policyLoss(input: PolicyLossInput): PolicyLossResult {
  checkNames(OP, names, input);
  const surrogate = surrogateOf(OP, input);
  const regularizers = regularizersOf(OP, input);
  const { logp, aggregation, denominator, entropy, klDivergence } = input;
  const alike = surrogate.ratio === 'token' || input.objective === 'reinforce';
  const level = alike ? aggregation : 'seq-mean-token-mean';
  const sequences = sequencesOf(OP, 'logp', logp, input.offsets, level);
  const tokens = tokensOf(input);
  const { oldLogp, advantages, mask, positives, behaviorLogp, refLogp } = input;
  const others = { positives, behaviorLogp, refLogp, klDivergence, entropy };
  const ops = opsOf(OP, { logp, oldLogp, advantages, mask, ...others });
  const dlogp = empty(logp.shape, 'f32', logp);
  const dentropy = regularizers.entropy_coef === 0 ? undefined : empty(logp.shape, 'f32', logp);
  const dkl = klDivergence && empty(logp.shape, 'f32', logp);
  using value = empty([1], 'f64', logp);
  using sums = empty([20], 'f64', logp);
  using words = empty([12], 'i32', logp);
  const outputs = { loss: value.raw, metrics: sums.raw, numerator: words.raw };
  speakAs(OP, () =>
    ops.policy_loss({
      ...{ ...sequences, ...tokens, ...surrogate, ...regularizers, aggregation, denominator },
      ...{ ...outputs, dlogp: dlogp.raw, dentropy: dentropy?.raw, dkl: dkl?.raw },
    }),
  );
  const loss = full([], value.item(), 'f32', logp);
  const parts = [
    { by: logp, derivative: dlogp },
    ...(entropy && dentropy ? [{ by: entropy, derivative: dentropy }] : []),
    ...(klDivergence ? [{ by: klDivergence, derivative: dkl! }] : []),
  ];
  const backward: Backward = ([dloss], sink) =>
    parts.forEach(({ derivative }, i) => {
      if (sink.wants(i)) sink.add(i, mul(derivative, dloss!));
    });
  const kept = parts.map(({ derivative }) => derivative);
  record(
    OP,
    parts.map(({ by }) => by),
    [loss],
    backward,
    kept,
  );
  return { loss, metrics: named(sums.read() as Float64Array, input, words.read() as Int32Array) };
}
