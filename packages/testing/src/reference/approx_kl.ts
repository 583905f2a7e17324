import type { Expected, OpArgs } from '../op-cases.js';

interface Input {
  T: number;
  logp: ArrayLike<number>;
  ref_logp: ArrayLike<number>;
  mask?: Uint8Array;
  estimator: 'k1' | 'k2' | 'k3';
}

/** Schulman's estimators with r = p_ref / p: -log r, (log r)^2 / 2, (r - 1) - log r. */
export function approxKl(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const kl = new Float64Array(a.T);
  const slope = new Float64Array(a.T);
  for (let i = 0; i < a.T; i++) {
    if (a.mask && a.mask[i] === 0) continue;
    const logr = a.ref_logp[i]! - a.logp[i]!;
    kl[i] = { k1: -logr, k2: (logr * logr) / 2, k3: kl3(logr) }[a.estimator];
    slope[i] = { k1: 1, k2: -logr, k3: -Math.expm1(logr) }[a.estimator];
  }
  return { kl, slope };
}

/** exp(x) - 1 - x; near 0 as its series, since the difference cancels in float64 too. */
function kl3(x: number): number {
  if (Math.abs(x) > 1e-3) return Math.expm1(x) - x;
  return (x * x) / 2 + x ** 3 / 6 + x ** 4 / 24 + x ** 5 / 120;
}
