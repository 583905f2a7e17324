import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { approxKl } from '../reference/approx_kl.js';

const estimators = ['k1', 'k2', 'k3'] as const;

function args(r: Random, T: number, estimator: string, step: number, mask = false): OpArgs {
  const logp = r.f32(T).map((x) => -Math.abs(x));
  const moved = r.f32(T, step);
  const counts = mask ? r.flags(T, 0.7) : undefined;
  return {
    T,
    logp: logp.map((x, i) => (counts?.[i] === 0 ? NaN : x)),
    ref_logp: logp.map((x, i) => x + moved[i]!),
    mask: counts,
    estimator,
    kl: new Float32Array(T).fill(NaN),
    slope: mask || step === 3 ? new Float32Array(T).fill(NaN) : undefined,
  };
}

const cases: OpCases = {
  op: 'approx_kl',
  source:
    'Schulman, "Approximating KL divergence" (2020), in float64; masked log-probabilities are NaN',
  tolerance: {
    abs: 1e-30,
    rel: 1e-6,
    because: 'float32 exp, the difference of two float32 log-probabilities is exact or rounds once',
  },
  cases: estimators.flatMap((estimator) => [
    ...[0, 1, 15, 17, 1009, 20011].map((T) => ({
      name: `${estimator}, ${T} tokens`,
      args: (r: Random) => args(r, T, estimator, 0.4),
    })),
    { name: `${estimator}, masked`, args: (r: Random) => args(r, 97, estimator, 0.4, true) },
    { name: `${estimator}, near`, args: (r: Random) => args(r, 97, estimator, 1e-4) },
    { name: `${estimator}, far`, args: (r: Random) => args(r, 97, estimator, 3) },
    { name: `${estimator}, equal`, args: (r: Random) => args(r, 9, estimator, 0, true) },
  ]),
  reference: approxKl,
};

export default cases;
