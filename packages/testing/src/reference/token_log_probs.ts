import type { Expected, OpArgs } from '../op-cases.js';

export interface TokenLogProbsInput {
  T: number;
  V: number;
  logits: Float32Array;
  targets: Int32Array;
  temperature: number;
}

/** Probabilities of one row: exp(z_j / tau) / sum_k exp(z_k / tau), and the log of the divisor. */
export function softmaxRow(a: TokenLogProbsInput, row: number): { p: Float64Array; lse: number } {
  const scaled = Float64Array.from(
    a.logits.subarray(row * a.V, (row + 1) * a.V),
    (z) => z / a.temperature,
  );
  const max = scaled.reduce((m, z) => Math.max(m, z), -Infinity);
  const sum = scaled.reduce((s, z) => s + Math.exp(z - max), 0);
  const lse = max === -Infinity ? -Infinity : max + Math.log(sum);
  return { p: scaled.map((z) => Math.exp(z - max) / sum), lse };
}

/** log p_y, -sum_j p_j log p_j (0 log 0 = 0) and log sum_j exp(z_j / tau), from their definitions. */
export function tokenLogProbs(args: OpArgs): Expected {
  const a = args as unknown as TokenLogProbsInput;
  const logp = new Float64Array(a.T);
  const entropy = new Float64Array(a.T);
  const lse = new Float64Array(a.T);
  for (let row = 0; row < a.T; row++) {
    const softmax = softmaxRow(a, row);
    lse[row] = softmax.lse;
    logp[row] = a.logits[row * a.V + a.targets[row]!]! / a.temperature - softmax.lse;
    entropy[row] = softmax.p.reduce((sum, p) => (p === 0 ? sum : sum - p * Math.log(p)), 0);
  }
  return { logp, entropy, lse };
}
