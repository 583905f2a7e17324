import type { Expected, OpArgs } from '../op-cases.js';
import { forEpisodes, momentsOf, oneStepReturn } from './scan-rows.js';

/** sum_l gamma^l r_{t+l}, and gamma^L V(s_{t+L}) after an end that is none (Sutton and Barto, 2nd edition, eq. 3.8). */
export function discountedReturns(args: OpArgs): Expected {
  const { steps, gamma } = args as { steps: number; gamma: number };
  const returns = new Float64Array(steps);
  forEpisodes(args, (episode) => {
    episode.forEach((step, l) => {
      const isLast = l + 1 === episode.length;
      returns[episode[0]!.i]! += gamma ** l * (isLast ? oneStepReturn(step, gamma) : step.reward);
    });
  });
  return { returns, stats: momentsOf(args, returns) };
}
