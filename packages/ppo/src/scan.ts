import { checkNames } from '@anacrusis/native';
import { empty, expectTensor, opsOf, Tensor, type RawArray } from '@anacrusis/tensor';
import { refuse } from './refusals.js';

/**
 * What every scan over time takes. Rows are environments or sequences; entry t describes the transition out of step t.
 * The shape is that of `rewards`: [N,T], [T,N] with `timeMajor`, or packed [T] with `offsets`.
 */
export interface ScanInput {
  rewards: Tensor;
  /** V(s_{t+1}) of each transition. Without it the value of the next step of the row that counts; needed where a
   * step before the last that counts is truncated. */
  nextValues?: Tensor | undefined;
  /** [N]: value after the last step that counts, where `nextValues` is left out; 0 without it. */
  lastValues?: Tensor | undefined;
  /** u8, 1: the episode ended by itself; its return ends. */
  terminated: Tensor;
  /** u8, 1: the episode was cut off; the value of the state that was cut off still counts. */
  truncated?: Tensor | undefined;
  /** u8, 0: passed over, as if the row did not hold the step; its results are 0. */
  mask?: Tensor | undefined;
  /** i32 [N+1], on the CPU whatever the device, rising from 0 to T: where the rows of a packed tensor begin. */
  offsets?: Tensor | undefined;
  /** Tensors are [T,N]: the steps of a row lie N apart. */
  timeMajor?: boolean | undefined;
  /** Discount in [0, 1]. */
  gamma: number;
}

/** Of the results over the steps that count. */
export interface ScanStats {
  count: number;
  mean: number;
  /** Divided by the count; 0 without steps. */
  variance: number;
}

const common = 'rewards nextValues lastValues terminated truncated mask offsets timeMajor gamma';

/** The names of a scan's arguments: the common ones and its own. */
export const scanNames = (own = ''): Set<string> => new Set(`${common} ${own}`.trim().split(' '));

/**
 * The common arguments of a scan as the raw op takes them, with `stats` as a tensor beside them, and the ops of
 * the device that all its tensors are on.
 */
export function scanArguments(op: string, names: Set<string>, input: ScanInput) {
  checkNames(op, names, input);
  const { rewards, nextValues, lastValues, terminated, truncated, mask, offsets, timeMajor } =
    input;
  expectTensor(op, 'rewards', rewards, 'f32', offsets ? [null] : [null, null]);
  if (offsets) expectTensor(op, 'offsets', offsets, 'i32', [null]);
  if (offsets?.size === 0) throw refuse(op, 'offsets', 'shape [N+1]', '[0]');
  if (offsets && timeMajor)
    throw refuse(op, 'timeMajor', 'nothing beside offsets', 'true', 'ERR_RANGE');
  const { shape } = rewards;
  const N = offsets ? offsets.size - 1 : shape[timeMajor ? 1 : 0]!;
  expectTensor(op, 'terminated', terminated, 'u8', shape);
  if (nextValues) expectTensor(op, 'nextValues', nextValues, 'f32', shape);
  if (lastValues) expectTensor(op, 'lastValues', lastValues, 'f32', [N]);
  if (truncated) expectTensor(op, 'truncated', truncated, 'u8', shape);
  if (mask) expectTensor(op, 'mask', mask, 'u8', shape);
  const layout: 'rows' | 'packed' | 'time_major' = offsets
    ? 'packed'
    : timeMajor
      ? 'time_major'
      : 'rows';
  const perStep = Object.entries(input).filter(([name]) => name !== 'offsets');
  const ops = opsOf(op, Object.fromEntries(perStep.filter(([, value]) => value instanceof Tensor)));
  const stats = empty([3], 'f64', rewards);
  const args = {
    ...{ N, steps: rewards.size, layout, offsets: offsets?.i32, gamma: input.gamma },
    ...{ rewards: rewards.raw, next_values: nextValues?.raw, last_values: lastValues?.raw },
    ...{ terminated: terminated.raw, truncated: truncated?.raw, mask: mask?.raw },
    stats: stats.raw,
  };
  return { ops, args, stats };
}

/** A per-step argument of `shape`. */
export function perStep(
  op: string,
  name: string,
  value: Tensor,
  shape: readonly number[],
): RawArray {
  expectTensor(op, name, value, 'f32', shape);
  return value.raw;
}

/** An output like the rewards. */
export const resultLike = ({ rewards }: ScanInput): Tensor => empty(rewards.shape, 'f32', rewards);

/** Reads what the op left there, and frees it. */
export function scanStats(stats: Tensor): ScanStats {
  const [count, mean, squares] = stats.read();
  stats.dispose();
  return { count: count!, mean: mean!, variance: count! > 0 ? squares! / count! : 0 };
}
