import { checkNames, cpu } from '@anacrusis/native';
import { empty, expectTensor, type Tensor } from '@anacrusis/tensor';
import { refuse, speakAs } from './refusals.js';

export interface NormalizeAdvantagesInput {
  /** [n]: one per response */
  rewards: Tensor;
  /** i32 [n]: which prompt each belongs to, >= 0, in any order; groups may be of any size. */
  groupIds: Tensor;
  /** Which mean is taken off. */
  mean: 'none' | 'batch' | 'group';
  /** By which deviation is divided. Lite PPO: mean `group`, std `batch`. */
  std: 'none' | 'batch' | 'group';
  /** Deviation of the raw rewards, or of rewards less their group's mean; `raw` when left out. */
  stdOf?: 'raw' | 'centered' | undefined;
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
}

const names = new Set('rewards groupIds mean std stdOf ddof eps stdFloor'.split(' '));

/** One more than the largest id, as the raw op takes it. */
function groupCount(op: string, groupIds: Tensor): number {
  return groupIds.i32.reduce((count, id, i) => {
    if (id < 0) throw refuse(op, `groupIds[${i}]`, 'an id >= 0', `${id}`, 'ERR_RANGE');
    return Math.max(count, id + 1);
  }, 0);
}

function run(op: string, input: NormalizeAdvantagesInput): [Tensor, Float64Array] {
  checkNames(op, names, input);
  const { rewards, groupIds, mean, std } = input;
  expectTensor(op, 'rewards', rewards, 'f32', [null]);
  expectTensor(op, 'groupIds', groupIds, 'i32', rewards.shape);
  const advantages = empty(rewards.shape);
  const stats = new Float64Array(4);
  const G = groupCount(op, groupIds);
  const { stdOf: std_of = 'raw', ddof = 1, eps = 1e-6, stdFloor: std_floor = 0 } = input;
  speakAs(op, () =>
    cpu.normalize_advantages({
      ...{ n: rewards.size, G, rewards: rewards.f32, group_ids: groupIds.i32 },
      ...{ mean, std, std_of, ddof, eps, std_floor },
      ...{ advantages: advantages.f32, stats },
    }),
  );
  return [advantages, stats];
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
  const [zeroVarianceGroups, batchMean, batchStd, smallestGroup] = [...stats] as [
    number,
    number,
    number,
    number,
  ];
  return { zeroVarianceGroups, batchMean, batchStd, smallestGroup };
}
