import { speakAs } from './refusals.js';
import { resultLike, scanArguments, scanNames, scanStats, type ScanInput } from './scan.js';
import type { ReturnsResult } from './td-lambda.js';

const names = scanNames();

/**
 * Discounted returns (Sutton and Barto, 2nd edition, eq. 3.9), which go on from the value of the state that follows after a
 * truncated step and after the last; not differentiable.
 * @throws ArgumentError as `gae`
 */
export function discountedReturns(input: ScanInput): ReturnsResult {
  const { ops, args, stats } = scanArguments('discountedReturns', names, input);
  const returns = resultLike(input);
  speakAs('discountedReturns', () => ops.discounted_returns({ ...args, returns: returns.raw }));
  return { returns, stats: scanStats(stats) };
}
