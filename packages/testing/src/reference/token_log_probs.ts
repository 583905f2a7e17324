import { decoded, type FloatType } from '../floats.js';
import type { Expected, OpArgs } from '../op-cases.js';

export interface TokenLogProbsInput {
  T: number;
  V: number;
  dtype: FloatType;
  logits: ArrayLike<number>;
  targets: Int32Array;
  temperature: number;
}

export function inVocabulary(a: TokenLogProbsInput, row: number): boolean {
  return a.targets[row]! >= 0 && a.targets[row]! < a.V;
}

/** Logits of a row, as they are given (rounded to their type), over the temperature. */
export function scaledRow(a: TokenLogProbsInput, row: number): Float64Array {
  const { logits, V } = a;
  const elements = Array.from({ length: V }, (_, j) => logits[row * V + j]!);
  return decoded(elements, a.dtype).map((z) => z / a.temperature);
}

/** Probabilities of one row: exp(z_j / tau) / sum_k exp(z_k / tau), their logs, and the log of the divisor. */
export function softmaxRow(
  a: TokenLogProbsInput,
  row: number,
): { p: Float64Array; logs: Float64Array; lse: number } {
  const scaled = scaledRow(a, row);
  const max = scaled.reduce((m, z) => Math.max(m, z), -Infinity);
  const sum = scaled.reduce((s, z) => s + Math.exp(z - max), 0);
  const lse = max === -Infinity ? -Infinity : max + Math.log(sum);
  const logs = scaled.map((z) => z - max - Math.log(sum));
  return { p: scaled.map((z) => Math.exp(z - max) / sum), logs, lse };
}

/** log p_y, -sum_j p_j log p_j (0 log 0 = 0) and log sum_j exp(z_j / tau), from their definitions. */
export function tokenLogProbs(args: OpArgs): Expected {
  const a = args as unknown as TokenLogProbsInput;
  const logp = new Float64Array(a.T);
  const entropy = new Float64Array(a.T);
  const lse = new Float64Array(a.T);
  for (let row = 0; row < a.T; row++) {
    if (!inVocabulary(a, row)) continue;
    const softmax = softmaxRow(a, row);
    lse[row] = softmax.lse;
    logp[row] = softmax.logs[a.targets[row]!]!;
    entropy[row] = softmax.p.reduce((sum, p) => (p === 0 ? sum : sum - p * Math.log(p)), 0);
  }
  return { logp, entropy, lse };
}
