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
import { refuse, speakAs } from './refusals.js';
import { sequencesOf } from './sequences.js';

export interface ValueLossInput {
  /** [B,T], or packed [T] with `offsets` (`token-mean` does not need them): V(s_t) of the value function that learns. */
  values: Tensor;
  /** As `values`: what they ought to be; a constant. */
  returns: Tensor;
  /** As `values`, a constant: V(s_t) when the steps were taken; with `clip`. Without both the loss is not clipped. */
  oldValues?: Tensor | undefined;
  /** >= 0: how far a value may move from its old one before its gradient ends. */
  clip?: number | undefined;
  /** True: (V - R)^2 / 2, whose derivative is V - R (Baselines, CleanRL). False: (V - R)^2 (Stable-Baselines3). */
  half: boolean;
  /** u8, as `values`; 1: the step counts. Values at masked steps have no effect. */
  mask: Tensor;
  /** i32 [S+1]: where each packed sequence begins, then T */
  offsets?: Tensor | undefined;
  aggregation: Aggregation;
  /** > 0, counted over the whole optimiser batch (all micro-batches and ranks): see `Aggregation`. */
  denominator: number;
}

/** Over the unmasked steps of this call; the counts are weights to combine calls with. */
export interface ValueLossMetrics {
  /** loss = numerator / denominator, in float64 */
  numerator: number;
  denominator: number;
  /** The numerator before it was rounded, for `lossOfParts`. */
  numeratorSum: Int32Array;
  /** Unmasked steps. */
  tokens: number;
  /** Sequences with an unmasked step. */
  sequences: number;
  /** Share of the steps whose clipped branch binds, so that their gradient is 0. */
  clipFrac: number;
  /** 1 - Var[R - V] / Var[R]; 0 where the returns are all alike. */
  explainedVariance: number;
  /** Root of the mean of (R - V)^2, never halved. */
  rootMeanSquareError: number;
  /** Largest |R - V|. */
  maxError: number;
  meanReturn: number;
  /** Mean of R - V: above 0 the values are too low. */
  meanError: number;
  /** Steps with an input that is not finite. */
  nonFinite: number;
}

export interface ValueLossResult {
  /** Scalar, differentiable by `values`. */
  loss: Tensor;
  metrics: ValueLossMetrics;
}

const OP = 'valueLoss';
const names = new Set(
  'values returns oldValues clip half mask offsets aggregation denominator'.split(' '),
);

function named(raw: Float64Array, denominator: number, numeratorSum: Int32Array): ValueLossMetrics {
  const [numerator, tokens, sequences, clipped, errors, errorSquares, returns, returnSquares] = [
    ...raw,
  ] as [number, number, number, number, number, number, number, number];
  const [maxError, nonFinite] = [raw[8]!, raw[9]!];
  const share = (sum: number): number => (tokens === 0 ? 0 : sum / tokens);
  const variance = (sum: number, squares: number): number => share(squares) - share(sum) ** 2;
  const ofReturns = variance(returns, returnSquares);
  return {
    ...{ numerator, denominator, numeratorSum, tokens, sequences, clipFrac: share(clipped) },
    explainedVariance: ofReturns === 0 ? 0 : 1 - variance(errors, errorSquares) / ofReturns,
    ...{ rootMeanSquareError: Math.sqrt(share(errorSquares)), maxError },
    ...{ meanReturn: share(returns), meanError: share(errors), nonFinite },
  };
}

/**
 * Squared error of values against returns, clipped around the old values as PPO implementations do (2005.12729, section
 * 3), over an explicit global denominator.
 * @throws ArgumentError for a wrong shape or dtype, offsets that do not rise from 0 to T, a number out of range, and
 *   one of `oldValues` and `clip` without the other
 */
export function valueLoss(input: ValueLossInput): ValueLossResult {
  checkNames(OP, names, input);
  const { values, returns, oldValues, clip, half, mask, aggregation, denominator } = input;
  const sequences = sequencesOf(OP, 'values', values, input.offsets, aggregation);
  expectTensor(OP, 'returns', returns, 'f32', values.shape);
  expectTensor(OP, 'mask', mask, 'u8', values.shape);
  if (oldValues) expectTensor(OP, 'oldValues', oldValues, 'f32', values.shape);
  if ((oldValues === undefined) !== (clip === undefined)) {
    const [absent, given] = clip === undefined ? ['clip', 'oldValues'] : ['oldValues', 'clip'];
    throw refuse(OP, absent!, `a value beside ${given}`, 'nothing', 'ERR_MISSING');
  }
  if (typeof half !== 'boolean')
    throw refuse(OP, 'half', 'true or false', String(half), 'ERR_TYPE');
  const ops = opsOf(OP, { values, returns, oldValues, mask });
  const dvalues = empty(values.shape, 'f32', values);
  using value = empty([1], 'f64', values);
  using sums = empty([10], 'f64', values);
  using words = empty([12], 'i32', values);
  const outputs = { loss: value.raw, metrics: sums.raw, numerator: words.raw };
  speakAs(OP, () =>
    ops.value_loss({
      ...{ ...sequences, ...outputs, aggregation, denominator, scale: half ? 'half' : 'full' },
      ...{ values: values.raw, old_values: oldValues?.raw, clip: clip ?? 0 },
      ...{ returns: returns.raw, mask: mask.raw, dvalues: dvalues.raw },
    }),
  );
  const loss = full([], value.item(), 'f32', values);
  const backward: Backward = ([dloss], sink) => sink.add(0, mul(dvalues, dloss!));
  record(OP, [values], [loss], backward, [dvalues]);
  return {
    loss,
    metrics: named(sums.read() as Float64Array, denominator, words.read() as Int32Array),
  };
}
