import { checkNames, cpu } from '@anacrusis/native';
import { empty, expectTensor, type Tensor } from '@anacrusis/tensor';
import { speakAs } from './refusals.js';

/** Rows are environments or sequences; entry t describes the transition out of step t. */
export interface GaeInput {
  /** [N,T] */
  rewards: Tensor;
  /** [N,T]: V(s_t) */
  values: Tensor;
  /** [N,T]: V(s_{t+1}) of the transition itself. Without it the value of the next step of the row;
   * needed where a step before the last that counts is truncated. */
  nextValues?: Tensor | undefined;
  /** [N]: value after the last step, where `nextValues` is left out; 0 without it. */
  lastValues?: Tensor | undefined;
  /** u8 [N,T], 1: the episode ended by itself; its return ends. */
  terminated: Tensor;
  /** u8 [N,T], 1: the episode was cut off; the value of the state that was cut off still counts. */
  truncated?: Tensor | undefined;
  /** u8 [N,T], 0: passed over, as if the row did not hold the step; its outputs are 0. */
  mask?: Tensor | undefined;
  /** Discount in [0, 1]. */
  gamma: number;
  /** Exponential weight of the estimator in [0, 1]. */
  gaeLambda: number;
}

/** Both [N,T]. */
export interface GaeResult {
  advantages: Tensor;
  /** advantages + values: the target of the value function */
  returns: Tensor;
}

const names = new Set(
  'rewards values nextValues lastValues terminated truncated mask gamma gaeLambda'.split(' '),
);

/**
 * Generalised advantage estimation (1506.02438, eq. 11-16); not differentiable.
 * @throws ArgumentError for a wrong shape or dtype, and for a step that is truncated before the last of
 *   its row that counts without `nextValues`
 */
export function gae(input: GaeInput): GaeResult {
  checkNames('gae', names, input);
  const { rewards, values, nextValues, lastValues, terminated, truncated, mask } = input;
  expectTensor('gae', 'rewards', rewards, 'f32', [null, null]);
  const [N, T] = rewards.shape as [number, number];
  expectTensor('gae', 'values', values, 'f32', [N, T]);
  expectTensor('gae', 'terminated', terminated, 'u8', [N, T]);
  if (nextValues) expectTensor('gae', 'nextValues', nextValues, 'f32', [N, T]);
  if (lastValues) expectTensor('gae', 'lastValues', lastValues, 'f32', [N]);
  if (truncated) expectTensor('gae', 'truncated', truncated, 'u8', [N, T]);
  if (mask) expectTensor('gae', 'mask', mask, 'u8', [N, T]);
  const advantages = empty([N, T]);
  const returns = empty([N, T]);
  speakAs('gae', () =>
    cpu.gae({
      ...{ N, T, gamma: input.gamma, gae_lambda: input.gaeLambda },
      ...{ rewards: rewards.f32, values: values.f32, terminated: terminated.u8 },
      ...{ next_values: nextValues?.f32, last_values: lastValues?.f32 },
      ...{ truncated: truncated?.u8, mask: mask?.u8 },
      ...{ advantages: advantages.f32, returns: returns.f32 },
    }),
  );
  return { advantages, returns };
}
