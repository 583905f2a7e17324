import type { Expected, OpArgs } from '../op-cases.js';

interface Input {
  n: number;
  rewards: Float32Array;
  group_ids?: Int32Array;
  mask?: Uint8Array;
  mean: 'none' | 'batch' | 'group';
  std: 'none' | 'batch' | 'group';
  std_of: 'raw' | 'centered';
  leave_one_out: boolean;
  drop_equal_groups: boolean;
  ddof: number;
  eps: number;
  std_floor: number;
}

function meanOf(x: number[]): number {
  return x.length === 0 ? 0 : x.reduce((sum, value) => sum + value, 0) / x.length;
}

/** sqrt(sum (x - mean)^2 / (n - ddof)); 0 for too few. */
function stdOf(x: number[], ddof: number): number {
  if (x.length <= ddof) return 0;
  const mean = meanOf(x);
  return Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (x.length - ddof));
}

/** The rewards of each group that count, by group id. */
function groupsOf(a: Input): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  a.rewards.forEach((_, i) => {
    if (a.mask?.[i] === 0) return;
    const id = a.group_ids?.[i] ?? 0;
    groups.set(id, [...(groups.get(id) ?? []), i]);
  });
  return groups;
}

/**
 * 2508.08221 section 4.1, each reward on its own: gather its group, take its mean and deviation. Leave-one-out by its
 * definition (2402.14740): the mean of the list without the reward.
 */
export function normalizeAdvantages(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const groups = groupsOf(a);
  const rewardsOf = (members: number[]): number[] => members.map((i) => a.rewards[i]!);
  const equal = (members: number[]): boolean =>
    rewardsOf(members).every((r) => r === a.rewards[members[0]!]);
  const sample = [...groups.values()]
    .filter((members) => !(a.drop_equal_groups && equal(members)))
    .flat();
  const groupOf = (i: number): number[] => groups.get(a.group_ids?.[i] ?? 0)!;
  const center = (i: number): number => {
    if (a.mean === 'none') return 0;
    const members = a.mean === 'batch' ? sample : groupOf(i);
    return meanOf(rewardsOf(a.leave_one_out ? members.filter((j) => j !== i) : members));
  };
  const forStd = (i: number): number =>
    a.std_of === 'centered' && a.mean === 'group'
      ? a.rewards[i]! - meanOf(rewardsOf(groupOf(i)))
      : a.rewards[i]!;
  const batchStd = stdOf(sample.map(forStd), a.ddof);
  const advantages = new Float64Array(a.n);
  for (const i of sample) {
    const centered = a.rewards[i]! - center(i);
    const std = a.std === 'batch' ? batchStd : stdOf(rewardsOf(groupOf(i)), a.ddof);
    const alone = a.leave_one_out && (a.mean === 'batch' ? sample : groupOf(i)).length === 1;
    if (alone || (a.std !== 'none' && std === 0)) continue;
    advantages[i] = a.std === 'none' ? centered : centered / (Math.max(std, a.std_floor) + a.eps);
  }
  const lists = a.group_ids ? [...groups.values()] : [];
  const sizes = lists.map((members) => members.length);
  const stats = [
    lists.filter(equal).length,
    meanOf(rewardsOf(sample)),
    batchStd,
    sizes.length > 0 ? Math.min(...sizes) : 0,
    lists.length,
    sample.length,
  ];
  return { advantages, stats };
}
