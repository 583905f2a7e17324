import type { Expected, OpArgs } from '../op-cases.js';
import { scanRow } from '../scan-fixtures.js';
import { forEpisodes, momentsOf, oneStepReturn } from './scan-rows.js';

/** What masked steps get in verl: the advantage of the next step that counts, 0 where there is none. */
function carryBack(args: OpArgs, advantages: Float64Array, returns: Float64Array): void {
  const { mask, values, N } = args as { mask: Uint8Array; values: Float32Array; N: number };
  for (let row = 0; row < N; row++) {
    const steps = scanRow(args, row);
    steps.forEach((i, t) => {
      if (mask[i] === 1) return;
      const next = steps.slice(t).find((j) => mask[j] === 1);
      advantages[i] = next === undefined ? 0 : advantages[next]!;
      returns[i] = advantages[i]! + values[i]!;
    });
  }
}

/** A_t = sum over l of (gamma lambda)^l delta_{t+l}, up to the first end (1506.02438, eq. 16). */
export function gae(args: OpArgs): Expected {
  const { steps, gamma, gae_lambda } = args as { steps: number; gamma: number; gae_lambda: number };
  const advantages = new Float64Array(steps);
  const returns = new Float64Array(steps);
  forEpisodes(args, (episode) => {
    const [{ i, value }] = episode as [(typeof episode)[0]];
    episode.forEach((step, l) => {
      advantages[i]! += (gamma * gae_lambda) ** l * (oneStepReturn(step, gamma) - step.value);
    });
    returns[i] = advantages[i]! + value;
  });
  const stats = momentsOf(args, advantages);
  if (args['mask'] && args['masked'] === 'carry') carryBack(args, advantages, returns);
  return { advantages, returns, stats };
}
