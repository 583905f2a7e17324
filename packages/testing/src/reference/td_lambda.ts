import type { Expected, OpArgs } from '../op-cases.js';
import { forEpisodes, momentsOf, oneStepReturn } from './scan-rows.js';

/**
 * (1 - lambda) sum_{n < N} lambda^(n-1) G^(n) + lambda^(N-1) G^(N), the mean of the n-step returns up to the end of the episode
 * (Sutton and Barto, 2nd edition, eq. 12.3).
 */
export function tdLambda(args: OpArgs): Expected {
  const { steps, gamma, lambda } = args as { steps: number; gamma: number; lambda: number };
  const returns = new Float64Array(steps);
  forEpisodes(args, (episode) => {
    let rewards = 0;
    let mean = 0;
    episode.forEach((step, l) => {
      const nStep = rewards + gamma ** l * oneStepReturn(step, gamma);
      mean += (l + 1 < episode.length ? 1 - lambda : 1) * lambda ** l * nStep;
      rewards += gamma ** l * step.reward;
    });
    returns[episode[0]!.i] = mean;
  });
  return { returns, stats: momentsOf(args, returns) };
}
