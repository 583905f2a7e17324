import { checkNames } from '@anacrusis/native';
import { empty, expectTensor, opsOf, tensor, type Tensor } from '@anacrusis/tensor';
import { speakAs } from './refusals.js';

export interface NormalizeAdvantagesInput {
  /** [n]: one per response, or any sample */
  rewards: Tensor;
  /** i32 [n], on any device (the CPU numbers them): which prompt each belongs to, in any order; groups may be of any size. Needed where `mean`, `std` or
   * `dropEqualGroups` ask for groups. */
  groupIds?: Tensor | undefined;
  /** u8 [n]; 0: in no mean and no deviation, and its advantage is 0. */
  mask?: Tensor | undefined;
  /** Which mean is taken off. */
  mean: 'none' | 'batch' | 'group';
  /** By which deviation is divided. Lite PPO: mean `group`, std `batch`. */
  std: 'none' | 'batch' | 'group';
  /** Deviation of the raw rewards, or of rewards less their group's mean; `raw` when left out. */
  stdOf?: 'raw' | 'centered' | undefined;
  /** The mean is that of the other rewards (RLOO, 2402.14740); false when left out. */
  leaveOneOut?: boolean | undefined;
  /** Groups whose rewards are all equal are left out of the batch's mean and deviation, and get 0; false when
   * left out. */
  dropEqualGroups?: boolean | undefined;
  /** The sum of squares is divided by the count less this; 1 when left out. */
  ddof?: 0 | 1 | undefined;
  /** Added to the deviation; 1e-6 when left out. */
  eps?: number | undefined;
  /** Smallest deviation used, against amplification in concentrated batches; 0 when left out. */
  stdFloor?: number | undefined;
}

/** What a batch of rewards looks like before it is normalised. */
export interface AdvantageStats {
  /** Groups whose rewards are all equal: they teach nothing under the group's mean. */
  zeroVarianceGroups: number;
  batchMean: number;
  /** In the sense of `stdOf` and `ddof`; 0 for too few rewards. */
  batchStd: number;
  smallestGroup: number;
  /** Groups that are not empty; 0 without `groupIds`. */
  groups: number;
  /** Rewards in the batch's sample: unmasked, not of a dropped group. */
  sampleSize: number;
}

const names = new Set(
  'rewards groupIds mask mean std stdOf leaveOneOut dropEqualGroups ddof eps stdFloor'.split(' '),
);

/** The groups numbered 0, 1, .. in order of appearance, as the raw op takes them. */
function numbered(all: Int32Array): { ids: number[]; numbers: Int32Array } {
  const known = new Map<number, number>();
  const numbers = all.map((id) => {
    if (!known.has(id)) known.set(id, known.size);
    return known.get(id)!;
  });
  return { ids: [...known.keys()], numbers };
}

function run(op: string, input: NormalizeAdvantagesInput): [Tensor, Float64Array] {
  checkNames(op, names, input);
  const { rewards, groupIds, mask, mean, std } = input;
  expectTensor(op, 'rewards', rewards, 'f32', [null]);
  if (groupIds) expectTensor(op, 'groupIds', groupIds, 'i32', rewards.shape);
  if (mask) expectTensor(op, 'mask', mask, 'u8', rewards.shape);
  const ops = opsOf(op, { rewards, mask });
  const advantages = empty(rewards.shape, 'f32', rewards);
  using stats = empty([6], 'f64', rewards);
  const { ids, numbers } = numbered(groupIds ? (groupIds.read() as Int32Array) : new Int32Array());
  using places = groupIds ? tensor(numbers, rewards.shape, rewards) : null;
  const groups = { G: ids.length, group_ids: places?.raw };
  const { stdOf: std_of = 'raw', ddof = 1, eps = 1e-6, stdFloor: std_floor = 0 } = input;
  const { leaveOneOut: leave_one_out = false, dropEqualGroups: drop_equal_groups = false } = input;
  const ownIds = (received: string): string =>
    received.replace(/group (\d+)/, (_, g: string) => `group ${ids[Number(g)]}`);
  const call = (): void =>
    ops.normalize_advantages({
      ...{ n: rewards.size, ...groups, rewards: rewards.raw, mask: mask?.raw },
      ...{ mean, std, std_of, ddof, eps, std_floor, leave_one_out, drop_equal_groups },
      ...{ advantages: advantages.raw, stats: stats.raw },
    });
  speakAs(op, call, ownIds);
  return [advantages, stats.read() as Float64Array];
}

/**
 * Rewards less a mean, over max(std, stdFloor) + eps (2508.08221, section 4.1); [n], not differentiable. Where
 * the deviation is 0 the advantage is exactly 0.
 * @throws ArgumentError for a wrong shape or dtype, and for a group of one reward under the group's mean or,
 *   with ddof 1, its deviation
 */
export function normalizeAdvantages(input: NormalizeAdvantagesInput): Tensor {
  return run('normalizeAdvantages', input)[0];
}

/** Counters to log beside `normalizeAdvantages`, of the same input. @throws as `normalizeAdvantages` */
export function advantageStats(input: NormalizeAdvantagesInput): AdvantageStats {
  const [advantages, stats] = run('advantageStats', input);
  advantages.dispose();
  const [zeroVarianceGroups, batchMean, batchStd, smallestGroup, groups, sampleSize] = [
    ...stats,
  ] as [number, number, number, number, number, number];
  return { zeroVarianceGroups, batchMean, batchStd, smallestGroup, groups, sampleSize };
}
