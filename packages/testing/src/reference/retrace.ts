import type { Expected, OpArgs } from '../op-cases.js';
import { forEpisodes, momentsOf, oneStepReturn } from './scan-rows.js';

interface Input {
  steps: number;
  q_values: Float32Array;
  logp: Float32Array;
  behavior_logp: Float32Array;
  gamma: number;
  lambda: number;
}

/** Q + sum_t gamma^(t-s) (prod from s+1 to t of c_i) delta_t, c_i = lambda min(1, pi/mu) (1606.02647, eq. 3-4). */
export function retrace(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const trace = (i: number): number =>
    a.lambda * Math.min(1, Math.exp(a.logp[i]! - a.behavior_logp[i]!));
  const advantages = new Float64Array(a.steps);
  const targets = new Float64Array(a.steps);
  forEpisodes(args, (episode) => {
    const [{ i, value }] = episode as [(typeof episode)[0]];
    let product = 1;
    let q = a.q_values[i]!;
    episode.forEach((step, l) => {
      if (l > 0) product *= trace(step.i);
      q += a.gamma ** l * product * (oneStepReturn(step, a.gamma) - a.q_values[step.i]!);
    });
    targets[i] = q;
    advantages[i] = q - value;
  });
  return { advantages, targets, stats: momentsOf(args, advantages) };
}
