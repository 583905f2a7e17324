import type { Expected, OpArgs } from '../op-cases.js';
import { forEpisodes, momentsOf, oneStepReturn, type Step } from './scan-rows.js';

interface Input {
  steps: number;
  logp: Float32Array;
  behavior_logp: Float32Array;
  gamma: number;
  lambda: number;
  rho_bar: number;
  c_bar: number;
  pg_rho_bar: number;
  delta: string;
  advantage: string;
}

/** V-trace by its definition (1802.01561, eq. 1 and section 4.2): v_s = V(s) + sum_t gamma^(t-s) prod c_i delta_t. */
export function vtrace(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const ratio = (i: number): number => Math.exp(a.logp[i]! - a.behavior_logp[i]!);
  const delta = (step: Step): number => {
    const rho = Math.min(a.rho_bar, ratio(step.i));
    const whole = oneStepReturn(step, a.gamma);
    if (a.delta === 'td_error') return rho * (whole - step.value);
    return rho * step.reward + (whole - step.reward) - step.value; // PufferLib, scalar kernel
  };
  const target = (episode: Step[]): number => {
    let product = 1;
    let v = episode[0]!.value;
    episode.forEach((step, l) => {
      v += a.gamma ** l * product * delta(step);
      product *= a.lambda * Math.min(a.c_bar, ratio(step.i));
    });
    return v;
  };
  const advantages = new Float64Array(a.steps);
  const targets = new Float64Array(a.steps);
  forEpisodes(args, (episode) => {
    const [step, ...rest] = episode as [Step, ...Step[]];
    targets[step.i] = target(episode);
    if (a.advantage === 'target') {
      advantages[step.i] = targets[step.i]! - step.value;
      return;
    }
    // v_{t+1} - V(s_{t+1}) is what the rest of the episode adds to the value of the state that it begins in
    const correction = rest.length ? target(rest) - rest[0]!.value : 0;
    const following = step.terminated ? 0 : step.next + correction;
    const rho = Math.min(a.pg_rho_bar, ratio(step.i));
    advantages[step.i] = rho * (step.reward + a.gamma * following - step.value);
  });
  return { advantages, targets, stats: momentsOf(args, advantages) };
}
