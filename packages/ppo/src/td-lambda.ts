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

export interface TdLambdaInput extends ScanInput {
  /** V(s_t), like the rewards. */
  values: Tensor;
  /** Weight of the next return beside the next value, in [0, 1]. */
  lambda: number;
}

/** Shaped like the rewards. */
export interface ReturnsResult {
  returns: Tensor;
  /** Of the returns. */
  stats: ScanStats;
}

const names = scanNames('values lambda');

/**
 * Lambda returns (Sutton and Barto, 2nd edition, eq. 12.18); not differentiable.
 * @throws ArgumentError as `gae`
 */
export function tdLambda(input: TdLambdaInput): ReturnsResult {
  const { ops, args, stats } = scanArguments('tdLambda', names, input);
  const values = perStep('tdLambda', 'values', input.values, input.rewards.shape);
  const returns = resultLike(input);
  speakAs('tdLambda', () =>
    ops.td_lambda({ ...args, values, lambda: input.lambda, returns: returns.raw }),
  );
  return { returns, stats: scanStats(stats) };
}
