import type { Expected, OpArgs } from '../op-cases.js';
import { numbers } from './attention_metrics.js';

interface Input {
  B: number;
  H: number;
  T: number;
  dtype: 'f32' | 'bf16' | 'f16';
  maps: ArrayLike<number>;
  query_begin: Int32Array;
  query_end: Int32Array;
  window: number;
  h_lo: number;
  h_hi: number;
  exclude_sink: number;
  local_heads?: Uint8Array;
  global_heads?: Uint8Array;
}

/** The sums of 2510.13554, eq. 7, 9, 10, over the maps as they are. */
export function attentionMetricsFromMaps(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const { B, H, T } = a;
  const maps = numbers(a.maps, a.dtype);
  const waad = new Float64Array(B * H * T);
  const fai = new Float64Array(B * H * T);
  const horizon = new Float64Array(B * T);
  const span = new Float64Array(B * H);
  const span_rows = Array.from(a.query_end, (end, b) => end - a.query_begin[b]!);
  for (let b = 0; b < B; b++) {
    for (let s = 0; s < T; s++) {
      for (let t = a.query_begin[b]!; t < a.query_end[b]!; t++) {
        if (t - s >= a.h_lo && t - s <= a.h_hi) horizon[b * T + s]! += 1;
      }
    }
    for (let h = 0; h < H; h++) {
      for (let t = a.query_begin[b]!; t < a.query_end[b]!; t++) {
        for (let s = 0; s <= t; s++) {
          const head = b * H + h;
          const weight = maps[(head * T + t) * T + s]!;
          if (a.local_heads?.[h] !== 0) waad[head * T + t]! += weight * Math.min(t - s, a.window);
          if (s >= a.exclude_sink) span[head]! += (weight * (t - s)) / span_rows[b]!;
          if (a.global_heads?.[h] === 0 || t - s < a.h_lo || t - s > a.h_hi) continue;
          fai[head * T + s]! += weight / horizon[b * T + s]!;
        }
      }
    }
  }
  return { waad, fai, horizon, span, span_rows };
}
