import type { Expected, OpArgs } from '../op-cases.js';
import { halfValue } from './cast.js';

type Floats = ArrayLike<number>;

interface Input {
  T: number;
  H: number;
  Hkv: number;
  D: number;
  S: number;
  layout: 'thd' | 'bhtd';
  dtype: 'f32' | 'bf16' | 'f16';
  q: Floats;
  k: Floats;
  offsets: Int32Array;
  query_begin: Int32Array;
  query_end: Int32Array;
  scale: number;
  window: number;
  h_lo: number;
  h_hi: number;
  exclude_sink: number;
  local_heads?: Uint8Array;
  global_heads?: Uint8Array;
}

/** The causal attention map of one head of one sequence, row by row, as softmax defines it. */
function denseMap(a: Input, s: number, h: number): { map: number[][]; lse: number[] } {
  const first = a.offsets[s]!;
  const length = a.offsets[s + 1]! - first;
  const kv = Math.floor((h * a.Hkv) / a.H);
  const at = (x: Floats, heads: number, head: number, t: number, d: number): number =>
    a.layout === 'thd'
      ? x[((first + t) * heads + head) * a.D + d]!
      : x[((s * heads + head) * length + t) * a.D + d]!;
  const lse: number[] = [];
  const map = Array.from({ length }, (_, t) => {
    const scores = Array.from({ length: t + 1 }, (_, j) => {
      let dot = 0;
      for (let d = 0; d < a.D; d++) dot += at(a.q, a.H, h, t, d) * at(a.k, a.Hkv, kv, j, d);
      return a.scale * dot;
    });
    const largest = Math.max(...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
    lse.push(largest + Math.log(total));
    return scores.map((score) => Math.exp(score - lse[t]!));
  });
  return { map, lse };
}

/** What the elements stand for. */
export function numbers(x: Floats, dtype: Input['dtype']): Floats {
  return dtype === 'f32' ? x : Float64Array.from(x, (bits) => halfValue(bits, dtype));
}

/** Sums over whole dense maps (2510.13554, eq. 7, 9, 10); t and s count from 0 inside a sequence. */
export function attentionMetrics(args: OpArgs): Expected {
  const given = args as unknown as Input;
  const a = { ...given, q: numbers(given.q, given.dtype), k: numbers(given.k, given.dtype) };
  const waad = new Float64Array(a.H * a.T);
  const fai = new Float64Array(a.H * a.T);
  const lse = new Float64Array(a.H * a.T);
  const horizon = new Float64Array(a.T);
  const span = new Float64Array(a.S * a.H);
  const span_rows = Array.from(a.query_end, (end, s) => end - a.query_begin[s]!);
  for (let s = 0; s < a.S; s++) {
    const first = a.offsets[s]!;
    const length = a.offsets[s + 1]! - first;
    const isQuery = (t: number): boolean => t >= a.query_begin[s]! && t < a.query_end[s]!;
    for (let h = 0; h < a.H; h++) {
      const dense = denseMap(a, s, h);
      const out = a.layout === 'thd' ? h * a.T + first : (s * a.H + h) * length;
      dense.map.forEach((row, t) => {
        if (!isQuery(t)) return;
        lse[out + t] = dense.lse[t]!;
        row.forEach((weight, j) => {
          if (a.local_heads?.[h] !== 0) waad[out + t]! += weight * Math.min(t - j, a.window);
          if (j >= a.exclude_sink) span[s * a.H + h]! += (weight * (t - j)) / span_rows[s]!;
        });
      });
      for (let j = 0; j < length; j++) {
        const weights = dense.map.flatMap((row, t) =>
          isQuery(t) && t >= j + a.h_lo && t <= Math.min(length - 1, j + a.h_hi) ? [row[j]!] : [],
        );
        horizon[first + j] = weights.length;
        if (weights.length === 0 || a.global_heads?.[h] === 0) continue;
        fai[out + j] = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
      }
    }
  }
  return { waad, fai, horizon, span, span_rows, lse };
}
