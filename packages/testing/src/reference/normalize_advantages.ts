import type { Expected, OpArgs } from '../op-cases.js';

interface Input {
  n: number;
  rewards: Float32Array;
  group_ids: Int32Array;
  mean: 'none' | 'batch' | 'group';
  std: 'none' | 'batch' | 'group';
  std_of: 'raw' | 'centered';
  ddof: number;
  eps: number;
  std_floor: number;
}

function meanOf(x: number[]): number {
  return x.reduce((sum, value) => sum + value, 0) / x.length;
}

/** sqrt(sum (x - mean)^2 / (n - ddof)); 0 for too few. */
function stdOf(x: number[], ddof: number): number {
  if (x.length <= ddof) return 0;
  const mean = meanOf(x);
  return Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (x.length - ddof));
}

/** 2508.08221 section 4.1, each reward on its own: gather its group, take its mean and deviation. */
export function normalizeAdvantages(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const rewards = Array.from(a.rewards);
  const groupOf = (i: number): number[] =>
    rewards.filter((_, j) => a.group_ids[j] === a.group_ids[i]);
  const center = (i: number): number =>
    ({ none: () => 0, batch: () => meanOf(rewards), group: () => meanOf(groupOf(i)) })[a.mean]();
  const centered = rewards.map((r, i) => r - center(i));
  const batchStd = stdOf(a.std_of === 'raw' ? rewards : centered, a.ddof);
  const advantages = rewards.map((_, i) => {
    if (a.std === 'none') return centered[i]!;
    const std = a.std === 'batch' ? batchStd : stdOf(groupOf(i), a.ddof);
    return std === 0 ? 0 : centered[i]! / (Math.max(std, a.std_floor) + a.eps);
  });
  const groups = [...new Set(a.group_ids)].map((id) =>
    rewards.filter((_, i) => a.group_ids[i] === id),
  );
  const stats = [
    groups.filter((group) => group.every((r) => r === group[0])).length,
    a.n > 0 ? meanOf(rewards) : 0,
    batchStd,
    groups.length > 0 ? Math.min(...groups.map((group) => group.length)) : 0,
  ];
  return { advantages, stats };
}
