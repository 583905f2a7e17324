import type { Expected, OpArgs } from '../op-cases.js';

interface GaeInput {
  N: number;
  T: number;
  rewards: Float32Array;
  values: Float32Array;
  next_values?: Float32Array;
  last_values?: Float32Array;
  terminated: Uint8Array;
  truncated?: Uint8Array;
  mask?: Uint8Array;
  gamma: number;
  gae_lambda: number;
}

/** Steps of a row that count, in order: masked steps are taken out, not set to zero. */
function kept(a: GaeInput, row: number): number[] {
  const steps = Array.from({ length: a.T }, (_, t) => row * a.T + t);
  return steps.filter((i) => !a.mask || a.mask[i] === 1);
}

/** A_t = sum over l of (gamma lambda)^l delta_{t+l}, up to the first end (1506.02438, eq. 16). */
export function gae(args: OpArgs): Expected {
  const a = args as unknown as GaeInput;
  const advantages = new Float64Array(a.N * a.T);
  const returns = new Float64Array(a.N * a.T);
  for (let row = 0; row < a.N; row++) {
    const steps = kept(a, row);
    const next = (k: number): number => {
      if (a.next_values) return a.next_values[steps[k]!]!;
      return k + 1 < steps.length ? a.values[steps[k + 1]!]! : (a.last_values?.[row] ?? 0);
    };
    steps.forEach((i, k) => {
      for (let l = k; l < steps.length; l++) {
        const j = steps[l]!;
        const bootstrap = a.terminated[j] ? 0 : a.gamma * next(l);
        const delta = a.rewards[j]! + bootstrap - a.values[j]!;
        advantages[i]! += (a.gamma * a.gae_lambda) ** (l - k) * delta;
        if (a.terminated[j] || a.truncated?.[j]) break;
      }
      returns[i] = advantages[i]! + a.values[i]!;
    });
  }
  return { advantages, returns };
}
