import { empty, opsOn, type Tensor } from '@anacrusis/tensor';
import {
  checkOptions,
  horizonEnd,
  type AttentionMetricsInput,
  type HeadMetrics,
  type HeadSums,
} from './attention-metrics.js';
import { headFlags, sumGroups, sumHeads, type HeadChoice } from './head-choice.js';
import { elements, expectFloats, queryRows, type HalfArray } from './query-keys.js';
import { refuse } from './refuse.js';
import { equalTokens } from './tokens.js';

type Shared = 'window' | 'hLo' | 'hHi' | 'excludeSinkTokens' | 'queryRange' | 'heads' | 'groups';

export interface MapMetricsInput extends Pick<AttentionMetricsInput, Shared> {
  /** [B,H,T,T]: weight of each key (last) for each query; what is above the diagonal is not read */
  maps: Tensor | HalfArray;
  /** Rows add up to 1: then only the keys in the window and the horizon are read, and there is no span. */
  normalized?: boolean;
  /** Key heads, for `groups` */
  numKeyHeads?: number;
}

export type MapMetrics = Pick<HeadMetrics, 'waad' | 'fai' | 'horizon'> &
  Partial<Pick<HeadMetrics, 'span' | 'spanRows'>>;

const OP = 'attentionMetricsFromMaps';
const names = new Set(
  ['maps normalized numKeyHeads', 'window hLo hHi excludeSinkTokens queryRange heads groups']
    .join(' ')
    .split(' '),
);

function keyHeads({ groups, numKeyHeads }: MapMetricsInput, H: number): number {
  if (!groups) return H;
  const fits = Number.isInteger(numKeyHeads) && numKeyHeads! > 0 && H % numKeyHeads! === 0;
  if (!fits) throw refuse(OP, 'numKeyHeads', `a divisor of ${H} heads`, numKeyHeads);
  return numKeyHeads!;
}

/**
 * WAAD, FAI and head span of one layer whose attention maps were kept (2510.13554, eq. 7, 9, 10): sums of the
 * weights as they are, so a row that lacks mass (dropped, pruned or rounded weights) has less of everything.
 * @returns signals of every head; with `heads` sums over those. No span with `normalized`.
 * @throws ArgumentError for shapes that disagree, or values out of range
 */
export function attentionMetricsFromMaps(input: MapMetricsInput & { heads: HeadChoice }): HeadSums;
export function attentionMetricsFromMaps(
  input: MapMetricsInput & { heads?: undefined },
): MapMetrics;
export function attentionMetricsFromMaps(input: MapMetricsInput): MapMetrics | HeadSums {
  checkOptions(OP, names, input);
  const { maps, heads, groups, normalized = false } = input;
  const last = maps?.shape?.at(-1) ?? null;
  expectFloats(OP, 'maps', maps, [null, null, last, last]);
  const [B, H, T] = maps.shape as [number, number, number];
  const Hkv = keyHeads(input, H);
  const local = heads && headFlags(OP, 'heads.local', heads.local, H);
  const global = heads && headFlags(OP, 'heads.global', heads.global, H);
  const { dtype, data, device } = elements(maps);
  const waad = empty([B, H, T], 'f32', { device });
  const fai = empty([B, H, T], 'f32', { device });
  const horizon = empty([B, T], 'i32', { device });
  const whole =
    normalized || heads
      ? undefined
      : { span: empty([B, H], 'f32', { device }), spanRows: empty([B], 'i32', { device }) };
  opsOn(device).attention_metrics_from_maps({
    ...{ B, H, T, dtype, maps: data, normalized },
    ...queryRows(OP, equalTokens(B, T).offsets, input.queryRange),
    window: input.window,
    h_lo: input.hLo,
    h_hi: horizonEnd(input.hHi),
    exclude_sink: input.excludeSinkTokens ?? 0,
    local_heads: local,
    global_heads: global,
    waad: waad.raw,
    fai: fai.raw,
    horizon: horizon.raw,
    span: whole?.span.raw,
    span_rows: whole?.spanRows.raw,
  });
  if (heads) {
    const sum = (values: Tensor, flags: Uint8Array): Tensor =>
      sumHeads(values, { S: B, L: T }, flags, [B, T]);
    const counts = { local: heads.local.length, global: heads.global.length };
    return { waad: sum(waad, local!), fai: sum(fai, global!), horizon, counts };
  }
  if (!groups) return { waad, fai, horizon, ...whole };
  const summed = (values: Tensor): Tensor => sumGroups(values, [B, Hkv, T], groups);
  return { waad: summed(waad), fai: summed(fai), horizon, ...whole };
}
