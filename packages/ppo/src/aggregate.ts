import { checkNames, cpu } from '@anacrusis/native';
import {
  empty,
  expectTensor,
  full,
  mul,
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
  const weights = empty(losses.shape);
  const loss = new Float64Array(1);
  const settings = { ...sequences, mask: mask.u8, aggregation, denominator };
  speakAs('aggregate', () =>
    cpu.aggregate({ ...settings, losses: losses.f32, loss, weights: weights.f32 }),
  );
  const result = full([], loss[0]!);
  const backward: Backward = ([dloss], sink) => sink.add(0, mul(weights, dloss![0]!).f32);
  record('aggregate', [losses], [result], backward, [weights]);
  return result;
}
