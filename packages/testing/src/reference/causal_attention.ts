import type { Expected, OpArgs } from '../op-cases.js';

/** Arguments of the attention ops; the arrays may be float64 (numerical differentiation). */
export interface AttentionInput {
  T: number;
  H: number;
  Hkv: number;
  D: number;
  S: number;
  q: ArrayLike<number>;
  k: ArrayLike<number>;
  v: ArrayLike<number>;
  offsets: Int32Array;
  scale: number;
  dy?: ArrayLike<number>;
}

/** Softmax weights of one query over the keys of its sequence up to itself, and the log of their sum. */
export function attentionRow(
  a: AttentionInput,
  first: number,
  t: number,
  h: number,
): { weights: number[]; lse: number } {
  const kv = Math.floor(h / (a.H / a.Hkv));
  const scores = Array.from({ length: t - first + 1 }, (_, i) => {
    let score = 0;
    for (let d = 0; d < a.D; d++) {
      score += a.q[(t * a.H + h) * a.D + d]! * a.k[((first + i) * a.Hkv + kv) * a.D + d]!;
    }
    return score * a.scale;
  });
  const most = Math.max(...scores);
  const lse = most + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0));
  return { weights: scores.map((score) => Math.exp(score - lse)), lse };
}

/** Calls visit(first token of the sequence, token, query head) for every row of scores. */
function everyRow(a: AttentionInput, visit: (first: number, t: number, h: number) => void): void {
  for (let s = 0; s < a.S; s++) {
    for (let t = a.offsets[s]!; t < a.offsets[s + 1]!; t++) {
      for (let h = 0; h < a.H; h++) visit(a.offsets[s]!, t, h);
    }
  }
}

/** 1706.03762 eq. 1 with a causal mask, one query at a time; groups as in 2305.13245, section 2.2. */
export function causalAttention(args: OpArgs): Expected {
  const a = args as unknown as AttentionInput;
  const y = new Float64Array(a.T * a.H * a.D);
  const lse = new Float64Array(a.H * a.T);
  everyRow(a, (first, t, h) => {
    const row = attentionRow(a, first, t, h);
    const kv = Math.floor(h / (a.H / a.Hkv));
    lse[h * a.T + t] = row.lse;
    row.weights.forEach((weight, i) => {
      for (let d = 0; d < a.D; d++) {
        y[(t * a.H + h) * a.D + d]! += weight * a.v[((first + i) * a.Hkv + kv) * a.D + d]!;
      }
    });
  });
  return { y, lse };
}

/** The chain rule through softmax, one query at a time: ds_i = w_i (dw_i - sum_j w_j dw_j). */
export function causalAttentionBackward(args: OpArgs): Expected {
  const a = args as unknown as AttentionInput;
  const { D, scale } = a;
  const [dq, dk, dv] = [a.q, a.k, a.v].map(({ length }) => new Float64Array(length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  everyRow(a, (first, t, h) => {
    const kv = Math.floor(h / (a.H / a.Hkv));
    const { weights } = attentionRow(a, first, t, h);
    const query = (t * a.H + h) * D;
    const keyOf = (i: number): number => ((first + i) * a.Hkv + kv) * D;
    const dWeights = weights.map((_, i) => {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += a.dy![query + d]! * a.v[keyOf(i) + d]!;
      return sum;
    });
    const mean = weights.reduce((sum, weight, i) => sum + weight * dWeights[i]!, 0);
    weights.forEach((weight, i) => {
      const dScore = weight * (dWeights[i]! - mean) * scale;
      for (let d = 0; d < D; d++) {
        dv[keyOf(i) + d]! += weight * a.dy![query + d]!;
        dk[keyOf(i) + d]! += dScore * a.q[query + d]!;
        dq[query + d]! += dScore * a.k[keyOf(i) + d]!;
      }
    });
  });
  return { dq, dk, dv };
}
