import type { Tensor } from '@anacrusis/tensor';
import { speakAs } from './refusals.js';
import { perStep, resultLike, scanNames, scanStats } from './scan.js';
import { offPolicyArguments, type OffPolicyInput, type OffPolicyResult } from './vtrace.js';

/** `values` are V(s_t) = E Q(s_t, .) under the policy that is evaluated. */
export interface RetraceInput extends OffPolicyInput {
  /** Q(s_t, a_t), like the rewards. */
  qValues: Tensor;
}

const names = scanNames('values qValues logp behaviorLogp lambda');

/**
 * Retrace(lambda) (1606.02647, eq. 3-4): targets of Q(s_t, a_t), and target - V(s_t) as advantages; not differentiable.
 * @throws ArgumentError as `gae`
 */
export function retrace(input: RetraceInput): OffPolicyResult {
  const { ops, args, stats } = offPolicyArguments('retrace', names, input);
  const q_values = perStep('retrace', 'qValues', input.qValues, input.rewards.shape);
  const advantages = resultLike(input);
  const targets = resultLike(input);
  speakAs('retrace', () =>
    ops.retrace({ ...args, q_values, advantages: advantages.raw, targets: targets.raw }),
  );
  return { advantages, targets, stats: scanStats(stats) };
}
