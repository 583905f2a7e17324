import type { Expected, OpArgs } from '../op-cases.js';
import { inVocabulary, softmaxRow, type TokenLogProbsInput } from './token_log_probs.js';

interface Input extends TokenLogProbsInput {
  dlogp: Float32Array;
  dentropy?: Float32Array;
}

/**
 * By the chain rule through p = softmax(z / tau): sum_k dL/dp_k dp_k/dz_j with dp_k/dz_j = p_k (1[j=k] - p_j) / tau,
 * L = g log p_y + h H(p); p and H are computed anew from the logits.
 */
export function gradientRow(
  a: TokenLogProbsInput,
  row: number,
  g: number,
  h: number,
): Float64Array {
  const { p } = softmaxRow(a, row);
  const y = a.targets[row]!;
  // p_k dL/dp_k: g at the target, -h p_k (1 + log p_k) everywhere
  const weighted = p.map(
    (pk, k) => (k === y ? g : 0) - (pk === 0 ? 0 : h * pk * (1 + Math.log(pk))),
  );
  const total = weighted.reduce((sum, w) => sum + w, 0);
  return weighted.map((w, j) => (w - p[j]! * total) / a.temperature);
}

export function tokenLogProbsBackward(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const dlogits = new Float64Array(a.T * a.V);
  for (let row = 0; row < a.T; row++) {
    const g = a.dlogp[row]!;
    const h = a.dentropy?.[row] ?? 0;
    if ((g === 0 && h === 0) || !inVocabulary(a, row)) continue;
    dlogits.set(gradientRow(a, row, g, h), row * a.V);
  }
  return { dlogits };
}
