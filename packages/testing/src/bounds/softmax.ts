// How far float32 log-probabilities, entropies and gradients of logits may be off: first order, from the conditioning
// of each element, so that small elements are held to as many digits as large ones. u = 2^-24 everywhere.
import { inVocabulary, softmaxRow, type TokenLogProbsInput } from '../reference/token_log_probs.js';

export const u = 2 ** -24;

/** What a row of logits says of one token, with its errors. */
export interface SoftmaxErrors {
  p: Float64Array;
  /** -log p, 0 where p is 0: such elements have no share in anything */
  surprise: Float64Array;
  entropyValue: number;
  /** relative error of each p_j and absolute error of its logarithm */
  relative: Float64Array;
  logp: number;
  entropy: number;
  lse: number;
}

/**
 * log p_j = (z_j - m) / tau - log S is three float32 roundings of (z_j - m) / tau, one of log S, one of the result; S is
 * short float32 sums, exp2 good to 2 u: 16 u of p_j at most beside them. `logitError` (of z_j) adds its own share and, by
 * log S, the mean of all shares. The entropy is log S - W / S, W / S of the size of the entropy and log S, m being up to 4
 * doublings below the largest logit.
 */
export function softmaxErrors(
  a: TokenLogProbsInput,
  row: number,
  logitError: (j: number) => number = () => 0,
  lseError = 0,
): SoftmaxErrors {
  const { p, logs, lse } = softmaxRow(a, row);
  const surprise = logs.map((log, j) => (p[j] === 0 ? 0 : -log));
  const entropyValue = p.reduce((sum, pj, j) => sum + pj * surprise[j]!, 0);
  const logSum = surprise.reduce((least, s, j) => (p[j] === 0 ? least : Math.min(least, s)), Infinity) + 4 * Math.LN2; // prettier-ignore
  const shares = p.map((pj, j) => (pj === 0 ? 0 : logitError(j) / a.temperature));
  const common = lseError + p.reduce((sum, pj, j) => sum + pj * shares[j]!, 0);
  // Products of first-order errors: e^x - 1 <= x e^x.
  const second = Math.exp(shares.reduce((most, x) => Math.max(most, x), 0) + common);
  const relative = shares.map(
    (x, j) => second * (x + common) + u * (16 + 4 * surprise[j]! + 3 * logSum),
  );
  // First order, and the second, which is all that is left where every p_j is alike.
  const spread = p.reduce((sum, pj, j) => {
    const [apart, off] = [Math.abs(surprise[j]! - entropyValue), shares[j]!];
    return sum + pj * (apart * off + (1 + apart) * (off + common) ** 2);
  }, 0);
  return {
    ...{ p, surprise, entropyValue, relative },
    logp: relative[a.targets[row]!]!,
    entropy: second * spread + u * (8 + 4 * (entropyValue + logSum)),
    lse: common + u * (8 + logSum + 2 * Math.abs(lse)),
  };
}

/**
 * dz_j = (g (1[j=y] - p_j) - h p_j (log p_j + H)) / tau: the relative error of p_j on all that it multiplies, the
 * absolute one of log p_j and H on h p_j, and those of g and h. 2^-126 on each coefficient, where p_j leaves the normal floats.
 */
export function gradientErrors(
  a: TokenLogProbsInput,
  row: number,
  [g, h]: [number, number],
  errors: SoftmaxErrors,
  gError = 0,
): Float64Array {
  const { p, surprise, entropyValue, relative } = errors;
  const y = a.targets[row]!;
  return p.map((pj, j) => {
    const onH = Math.abs(h) * pj;
    const shared = pj * Math.abs(g) + onH * (1 + entropyValue + surprise[j]!);
    const target = j === y ? 1 : 0;
    const lost = 2 ** -126 * (Math.abs(g) + Math.abs(h) * (1 + entropyValue));
    const own = shared * relative[j]! + onH * errors.entropy + 4 * u * target * Math.abs(g);
    return (own + Math.abs(target - pj) * gError + lost) / a.temperature;
  });
}

/** For an op that is given lse and entropy in float32, half a unit in the last place off. */
export function tokenLogProbsBackwardErrors(
  a: TokenLogProbsInput & { dlogp: Float32Array; dentropy?: Float32Array },
): Float64Array {
  const errors = new Float64Array(a.T * a.V);
  for (let row = 0; row < a.T; row++) {
    const [g, h] = [a.dlogp[row]!, a.dentropy?.[row] ?? 0];
    if ((g === 0 && h === 0) || !inVocabulary(a, row)) continue;
    const { lse } = softmaxRow(a, row);
    const row_ = softmaxErrors(a, row, undefined, u * Math.abs(lse));
    errors.set(gradientErrors(a, row, [g, h], { ...row_, entropy: u * row_.entropyValue }), row * a.V); // prettier-ignore
  }
  return errors;
}
