import type { OpArgs } from '../op-cases.js';
import { scanRow } from '../scan-fixtures.js';

/** A step of a row that counts, in float64. */
export interface Step {
  /** Its element. */
  i: number;
  reward: number;
  value: number;
  /** V(s_{t+1}) of the transition. */
  next: number;
  terminated: boolean;
  /** Nothing after this step belongs to its episode: terminated, truncated or last of the row. */
  ends: boolean;
}

type Input = Record<string, ArrayLike<number> | undefined>;

/** The steps of a row that count, in order: masked steps are taken out, not set to zero. */
export function countingSteps(args: OpArgs, row: number): Step[] {
  const a = args as unknown as Input;
  const kept = scanRow(args, row).filter((i) => !a['mask'] || a['mask'][i] === 1);
  return kept.map((i, k) => {
    const isLast = k + 1 === kept.length;
    const following = isLast ? (a['last_values']?.[row] ?? 0) : (a['values']?.[kept[k + 1]!] ?? 0);
    const terminated = a['terminated']![i] === 1;
    return {
      i,
      reward: a['rewards']![i]!,
      value: a['values']?.[i] ?? 0,
      next: a['next_values']?.[i] ?? following,
      terminated,
      ends: terminated || a['truncated']?.[i] === 1 || isLast,
    };
  });
}

/** For each step of a row that counts, the steps from it to the end of its episode. */
export function forEpisodes(args: OpArgs, f: (episode: Step[]) => void): void {
  for (let row = 0; row < (args['N'] as number); row++) {
    const steps = countingSteps(args, row);
    let end = steps.length;
    for (let k = steps.length - 1; k >= 0; k--) {
      if (steps[k]!.ends) end = k + 1;
      f(steps.slice(k, end));
    }
  }
}

/** r + gamma V(s_{t+1}), nothing after the end of the episode. */
export function oneStepReturn(step: Step, gamma: number): number {
  return step.reward + (step.terminated ? 0 : gamma * step.next);
}

/** Count, mean and sum of squared deviations over the steps that count, in two passes. */
export function momentsOf(args: OpArgs, list: ArrayLike<number>): number[] {
  const mask = args['mask'] as Uint8Array | undefined;
  const kept = Array.from(list).filter((_, i) => !mask || mask[i] === 1);
  const mean = kept.length ? kept.reduce((sum, x) => sum + x, 0) / kept.length : 0;
  return [kept.length, mean, kept.reduce((sum, x) => sum + (x - mean) ** 2, 0)];
}
