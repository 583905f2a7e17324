import { checkNames } from '@anacrusis/native';
import { empty, type Tensor } from '@anacrusis/tensor';
import { headFlags, sumGroups, sumHeads, type HeadChoice } from './head-choice.js';
import {
  queryKeyArguments,
  queryRows,
  sizesOf,
  type QueryKeys,
  type QueryRange,
  type Sizes,
} from './query-keys.js';
import { refuse } from './refuse.js';

export interface AttentionMetricsInput extends QueryKeys {
  /** W: distances are cut at it */
  window: number;
  /** Horizon of a key s: the queries s + hLo .. s + hHi, both included. */
  hLo: number;
  /** `Infinity`: to the end */
  hHi: number;
  /** Keys at the start of a sequence whose distances are left out of the span; 0 when left out. */
  excludeSinkTokens?: number;
  /** Rows that count as queries; all rows when left out. */
  queryRange?: QueryRange;
  /** Sums over these heads instead of signals per head. */
  heads?: HeadChoice;
  /** WAAD and FAI of each key head: mean or sum over its query heads. */
  groups?: 'mean' | 'sum';
}

/** Signals of every head. */
export interface HeadMetrics {
  /** [B,H,T] or [H,T], with `groups` [B,Hkv,T] or [Hkv,T]; 0 outside of the queries */
  waad: Tensor;
  /** Of the same shape: per key; 0 where the horizon is empty */
  fai: Tensor;
  /** i32 [B,T] or [T]: queries in the horizon of each key; 0: FAI is undefined */
  horizon: Tensor;
  /** [B,H] or [S,H]: mean backward distance */
  span: Tensor;
  /** i32 [B] or [S]: queries that it is a mean of */
  spanRows: Tensor;
  /** [B,H,T] or [H,T]: natural log-sum-exp of the rows; 0 outside of the queries */
  lse: Tensor;
}

/** Sums over chosen heads, so that layers add up, and how many heads they are sums of. */
export interface HeadSums {
  /** [B,T] or [T] */
  waad: Tensor;
  /** [B,T] or [T] */
  fai: Tensor;
  /** i32 [B,T] or [T] */
  horizon: Tensor;
  counts: { local: number; global: number };
}

const OP = 'attentionMetrics';
const names = new Set(
  ['q k offsets lse lseForm scale', 'window hLo hHi excludeSinkTokens queryRange heads groups']
    .join(' ')
    .split(' '),
);
const rangeNames = new Set(['begin', 'end']);
const headNames = new Set(['local', 'global']);

/** Refuses unknown names, and `heads` with `groups`. */
export function checkOptions(
  op: string,
  known: Set<string>,
  input: Pick<AttentionMetricsInput, 'queryRange' | 'heads' | 'groups'>,
): void {
  checkNames(op, known, input);
  if (input.queryRange) checkNames(`${op}.queryRange`, rangeNames, input.queryRange);
  if (input.heads) checkNames(`${op}.heads`, headNames, input.heads);
  const { groups } = input;
  if (groups === undefined) return;
  if (groups !== 'mean' && groups !== 'sum') throw refuse(op, 'groups', "'mean' or 'sum'", groups);
  if (input.heads) throw refuse(op, 'groups', 'one of heads and groups', 'both', 'ERR_ARGUMENT');
}

/** h_hi of the raw ops. */
export const horizonEnd = (hHi: number): number =>
  hHi === Infinity ? Number.MAX_SAFE_INTEGER : hHi;

function commonArguments(input: AttentionMetricsInput, sizes: Sizes) {
  return {
    ...queryKeyArguments(input, sizes),
    ...queryRows(OP, sizes.offsets, input.queryRange),
    window: input.window,
    h_lo: input.hLo,
    h_hi: horizonEnd(input.hHi),
    exclude_sink: input.excludeSinkTokens ?? 0,
  };
}

function perHeadMetrics(input: AttentionMetricsInput, sizes: Sizes): HeadMetrics {
  const metrics = {
    waad: empty(sizes.perHead, 'f32', sizes),
    fai: empty(sizes.perHead, 'f32', sizes),
    horizon: empty(sizes.shape, 'i32', sizes),
    span: empty([sizes.S, sizes.H], 'f32', sizes),
    spanRows: empty([sizes.S], 'i32', sizes),
    lse: empty(sizes.perHead, 'f32', sizes),
  };
  sizes.ops.attention_metrics({
    ...commonArguments(input, sizes),
    waad: metrics.waad.raw,
    fai: metrics.fai.raw,
    horizon: metrics.horizon.raw,
    span: metrics.span.raw,
    span_rows: metrics.spanRows.raw,
    lse: metrics.lse.raw,
  });
  const { groups } = input;
  if (!groups) return metrics;
  using waad = metrics.waad;
  using fai = metrics.fai;
  const summed = (values: Tensor): Tensor => sumGroups(values, sizes.perGroup, groups);
  return { ...metrics, waad: summed(waad), fai: summed(fai) };
}

function summedMetrics(input: AttentionMetricsInput, sizes: Sizes, heads: HeadChoice): HeadSums {
  const { H, S, T } = sizes;
  const local = headFlags(OP, 'heads.local', heads.local, H);
  const global = headFlags(OP, 'heads.global', heads.global, H);
  const horizon = empty(sizes.shape, 'i32', sizes);
  using waad = empty(sizes.perHead, 'f32', sizes);
  using fai = empty(sizes.perHead, 'f32', sizes);
  sizes.ops.attention_metrics({
    ...commonArguments(input, sizes),
    local_heads: local,
    global_heads: global,
    waad: waad.raw,
    fai: fai.raw,
    horizon: horizon.raw,
  });
  const rows = input.offsets ? { S: 1, L: T } : { S, L: sizes.shape[1]! };
  const counts = { local: heads.local.length, global: heads.global.length };
  return {
    waad: sumHeads(waad, rows, local, sizes.shape),
    fai: sumHeads(fai, rows, global, sizes.shape),
    horizon,
    counts,
  };
}

/**
 * WAAD, FAI, head span and log-sum-exp of one layer, from Q and K, without attention maps (2510.13554, eq. 7,
 * 9, 10). Grouped queries: signals belong to query heads. Not recorded for gradients.
 * @returns signals of every head; with `heads` sums over those.
 * @throws ArgumentError for shapes that disagree, or values out of range
 */
export function attentionMetrics(input: AttentionMetricsInput & { heads: HeadChoice }): HeadSums;
export function attentionMetrics(input: AttentionMetricsInput & { heads?: undefined }): HeadMetrics;
export function attentionMetrics(input: AttentionMetricsInput): HeadMetrics | HeadSums {
  checkOptions(OP, names, input);
  const sizes = sizesOf(OP, input);
  return input.heads ? summedMetrics(input, sizes, input.heads) : perHeadMetrics(input, sizes);
}
