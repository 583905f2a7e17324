import type { Expected, OpArgs } from '../op-cases.js';
import { attentionRow, type AttentionInput } from './causal_attention.js';

interface Write {
  R: number;
  C: number;
  Hkv: number;
  D: number;
  k: Float32Array;
  v: Float32Array;
  slot: Int32Array;
  position: Int32Array;
  k_cache: Float32Array;
  v_cache: Float32Array;
}

/** Element by element, rows in their order. */
export function kvCacheWrite(args: OpArgs): Expected {
  const a = args as unknown as Write;
  const [k_cache, v_cache] = [Float64Array.from(a.k_cache), Float64Array.from(a.v_cache)];
  for (let row = 0; row < a.R; row++) {
    for (let h = 0; h < a.Hkv; h++) {
      for (let d = 0; d < a.D; d++) {
        const to = ((a.slot[row]! * a.C + a.position[row]!) * a.Hkv + h) * a.D + d;
        k_cache[to] = a.k[(row * a.Hkv + h) * a.D + d]!;
        v_cache[to] = a.v[(row * a.Hkv + h) * a.D + d]!;
      }
    }
  }
  return { k_cache, v_cache };
}

interface Decode {
  R: number;
  C: number;
  H: number;
  Hkv: number;
  D: number;
  q: Float32Array;
  k_cache: Float32Array;
  v_cache: Float32Array;
  slot: Int32Array;
  length: Int32Array;
  scale: number;
}

/** 1706.03762 eq. 1 for the last query of a sequence whose keys and values are those of the slot. */
export function decodeAttention(args: OpArgs): Expected {
  const a = args as unknown as Decode;
  const { R, C, H, Hkv, D } = a;
  const y = new Float64Array(R * H * D);
  for (let row = 0; row < R; row++) {
    const [begin, last] = [a.slot[row]! * C * Hkv * D, a.length[row]! - 1];
    const k = a.k_cache.subarray(begin, begin + C * Hkv * D);
    const v = a.v_cache.subarray(begin, begin + C * Hkv * D);
    const q = new Float32Array((last + 1) * H * D);
    q.set(a.q.subarray(row * H * D, (row + 1) * H * D), last * H * D);
    for (let h = 0; h < H; h++) {
      const kv = Math.floor(h / (H / Hkv));
      const { weights } = attentionRow({ ...a, q, k, v } as unknown as AttentionInput, 0, last, h);
      weights.forEach((weight, i) => {
        for (let d = 0; d < D; d++)
          y[(row * H + h) * D + d]! += weight * v[(i * Hkv + kv) * D + d]!;
      });
    }
  }
  return { y };
}
