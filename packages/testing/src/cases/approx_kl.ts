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
    ...[0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 127, 129, 255, 256, 257, 1009].flatMap(
      (T) =>
        [0.4, 1e-3, 3].map((step) => ({
          name: `${estimator}, ${T} tokens, ${step} apart`,
          args: (r: Random) => args(r, T, estimator, step, step === 1e-3),
        })),
    ),
    ...[10007, 20011].map((T) => ({
      name: `${estimator}, ${T} tokens`,
      args: (r: Random) => args(r, T, estimator, 0.4),
    })),
    ...[0.2, 0.499, 0.501, 0.8, 5].map((step) => ({
      name: `${estimator}, ${step} apart`,
      args: (r: Random) => args(r, 97, estimator, step, true),
    })),
    { name: `${estimator}, masked`, args: (r: Random) => args(r, 97, estimator, 0.4, true) },
    { name: `${estimator}, near`, args: (r: Random) => args(r, 97, estimator, 1e-4) },
    { name: `${estimator}, far`, args: (r: Random) => args(r, 97, estimator, 3) },
    { name: `${estimator}, equal`, args: (r: Random) => args(r, 9, estimator, 0, true) },
  ]),
  reference: approxKl,
};

export default cases;
