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
import { speakAs } from './refusals.js';
import { sequencesOf } from './sequences.js';

/**
 * How per-token losses of sequences become one number. Beside each the numerator and what `denominator`
 * has to count, over the whole optimiser batch:
 * - `token-mean`: sum over tokens; unmasked tokens
 * - `seq-mean-token-mean`: sum over sequences of the mean over their own tokens; sequences
 * - `seq-mean-token-sum`: sum over tokens; sequences
 * - `seq-mean-token-sum-norm`: sum over tokens; sequences times a constant length
 *
 * A sequence without an unmasked token counts in neither.
 */
export type Aggregation =
  'token-mean' | 'seq-mean-token-mean' | 'seq-mean-token-sum' | 'seq-mean-token-sum-norm';

export interface AggregateInput {
  /** [B,T], or packed [T] with `offsets` (`token-mean` does not need them) */
  losses: Tensor;
  /** u8, as `losses`; 1: the token counts. Values at masked tokens have no effect. */
  mask: Tensor;
  /** i32 [S+1]: where each packed sequence begins, then T */
  offsets?: Tensor | undefined;
  aggregation: Aggregation;
  /** > 0, counted over the whole optimiser batch (all micro-batches and ranks): see `Aggregation`. */
  denominator: number;
}

const names = new Set(['losses', 'mask', 'offsets', 'aggregation', 'denominator']);

/**
 * Numerator over denominator, a scalar that is differentiable by `losses`. Parts of a batch add up to its
 * loss, however it is cut between sequences (2508.08221, section 4.1).
 * @throws ArgumentError for a wrong shape or dtype, offsets that do not rise from 0 to T, and a denominator
 *   that is not > 0
 */
export function aggregate(input: AggregateInput): Tensor {
  checkNames('aggregate', names, input);
  const { losses, mask, offsets, aggregation, denominator } = input;
  const sequences = sequencesOf('aggregate', 'losses', losses, offsets, aggregation);
  expectTensor('aggregate', 'mask', mask, 'u8', losses.shape);
  const ops = opsOf('aggregate', { losses, mask });
  const weights = empty(losses.shape, 'f32', losses);
  using loss = empty([1], 'f64', losses);
  const settings = { ...sequences, mask: mask.raw, aggregation, denominator };
  const outputs = { loss: loss.raw, weights: weights.raw };
  speakAs('aggregate', () => ops.aggregate({ ...settings, losses: losses.raw, ...outputs }));
  const result = full([], loss.item(), 'f32', losses);
  const backward: Backward = ([dloss], sink) => sink.add(0, mul(weights, dloss!));
  record('aggregate', [losses], [result], backward, [weights]);
  return result;
}
