import type { Tensor } from '@anacrusis/tensor';
import { speakAs } from './refusals.js';
import {
  perStep,
  resultLike,
  scanArguments,
  scanNames,
  scanStats,
  type ScanInput,
  type ScanStats,
} from './scan.js';

export interface GaeInput extends ScanInput {
  /** V(s_t), like the rewards. */
  values: Tensor;
  /** Exponential weight of the estimator in [0, 1]. */
  gaeLambda: number;
  /** What masked steps get: `zero`, or `carry`: the advantage of the next step that counts, and that plus
   * their own value as return (verl, NeMo-RL). `zero` when left out. */
  masked?: 'zero' | 'carry' | undefined;
}

/** Shaped like the rewards. */
export interface GaeResult {
  advantages: Tensor;
  /** advantages + values: the target of the value function */
  returns: Tensor;
  /** Of the advantages. */
  stats: ScanStats;
}

const names = scanNames('values gaeLambda masked');

/**
 * Generalised advantage estimation (1506.02438, eq. 11-16); not differentiable.
 * @throws ArgumentError for a wrong shape or dtype, and for a step that is truncated before the last of
 *   its row that counts without `nextValues`
 */
export function gae(input: GaeInput): GaeResult {
  const { ops, args, stats } = scanArguments('gae', names, input);
  const values = perStep('gae', 'values', input.values, input.rewards.shape);
  const advantages = resultLike(input);
  const returns = resultLike(input);
  speakAs('gae', () =>
    ops.gae({
      ...{ ...args, values, gae_lambda: input.gaeLambda, masked: input.masked ?? 'zero' },
      ...{ advantages: advantages.raw, returns: returns.raw },
    }),
  );
  return { advantages, returns, stats: scanStats(stats) };
}
