import type { Expected, OpArgs } from '../op-cases.js';

interface Args {
  R: number;
  C: number;
  H: number;
  Hkv: number;
  D: number;
  qkv: Float32Array;
  q_norm: Float32Array;
  k_norm: Float32Array;
  eps: number;
  cos: Float32Array;
  sin: Float32Array;
  slot: Int32Array;
  position: Int32Array;
  k_cache: Float32Array;
  v_cache: Float32Array;
}

/** 1910.07467 eq. 4, then 2104.09864 eq. 34 with component j paired with j + D/2. */
function normedAndTurned(
  a: Args,
  x: ArrayLike<number>,
  weight: Float32Array,
  row: number,
): number[] {
  const { D, eps, cos, sin } = a;
  let squares = 0;
  for (let j = 0; j < D; j++) squares += x[j]! ** 2;
  const rms = Math.sqrt(squares / D + eps);
  const normed = Array.from({ length: D }, (_, j) => (x[j]! / rms) * weight[j]!);
  return normed.map((value, j) => {
    const pair = j % (D / 2);
    const angle = (a.position[row]! * D) / 2 + pair;
    const partner = j < D / 2 ? -normed[j + D / 2]! : normed[pair]!;
    return value * cos[angle]! + partner * sin[angle]!;
  });
}

/** Row by row and head by head; of two rows for the same place the later one. */
export function qkvCacheWrite(args: OpArgs): Expected {
  const a = args as unknown as Args;
  const { R, C, H, Hkv, D } = a;
  const q = new Float64Array(R * H * D);
  const [k_cache, v_cache] = [Float64Array.from(a.k_cache), Float64Array.from(a.v_cache)];
  for (let row = 0; row < R; row++) {
    const head = (h: number): Float32Array => {
      const from = (row * (H + 2 * Hkv) + h) * D;
      return a.qkv.subarray(from, from + D);
    };
    const place = (a.slot[row]! * C + a.position[row]!) * Hkv;
    for (let h = 0; h < H; h++) {
      q.set(normedAndTurned(a, head(h), a.q_norm, row), (row * H + h) * D);
    }
    for (let h = 0; h < Hkv; h++) {
      k_cache.set(normedAndTurned(a, head(H + h), a.k_norm, row), (place + h) * D);
      v_cache.set(head(H + Hkv + h), (place + h) * D);
    }
  }
  return { q, k_cache, v_cache };
}
