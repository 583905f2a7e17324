import type { Expected, OpArgs } from '../op-cases.js';

/**
 * As kvpress' SnapKVPress.score writes it: pool1d over the keys before the window (stride 1, padding kernel // 2;
 * the average counts the padding), mean over the group, then the window with the largest score (here that
 * of the row, there that of the batch).
 */
export function evictionScores(args: OpArgs): Expected {
  const { T, H, Hkv, S, layout, window, kernel, pooling } = args as Record<string, number | string>;
  const values = args['values'] as Float32Array;
  const offsets = args['offsets'] as Int32Array;
  const scores = new Float64Array(Number(Hkv) * Number(T));
  const G = Number(H) / Number(Hkv);
  const pad = (Number(kernel) - 1) / 2;
  for (let s = 0; s < Number(S); s++) {
    const first = offsets[s]!;
    const L = offsets[s + 1]! - first;
    const at = (heads: number, h: number): number =>
      layout === 'thd' ? h * Number(T) + first : (s * heads + h) * L;
    const n = Math.max(0, L - Number(window));
    for (let kv = 0; kv < Number(Hkv); kv++) {
      const row = Array.from({ length: n }, () => 0);
      for (let g = 0; g < G; g++) {
        const own = at(Number(H), kv * G + g);
        const fill = pooling === 'avg' ? 0 : -Infinity;
        const padded = [
          ...Array.from({ length: pad }, () => fill),
          ...values.subarray(own, own + n),
          ...Array.from({ length: pad }, () => fill),
        ];
        for (let i = 0; i < n; i++) {
          const taken = padded.slice(i, i + Number(kernel));
          const pooled =
            pooling === 'avg'
              ? taken.reduce((sum, x) => sum + x, 0) / Number(kernel)
              : Math.max(...taken);
          row[i]! += pooled / G;
        }
      }
      const largest = n > 0 ? Math.max(...row) : 0;
      for (let i = 0; i < L; i++) scores[at(Number(Hkv), kv) + i] = row[i] ?? largest;
    }
  }
  return { scores };
}
