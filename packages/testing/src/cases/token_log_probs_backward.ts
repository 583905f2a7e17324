import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { tokenLogProbs } from '../reference/token_log_probs.js';
import { tokenLogProbsBackward } from '../reference/token_log_probs_backward.js';

interface Options {
  temperature?: number;
  entropy?: boolean;
  inPlace?: boolean;
  scale?: number;
  infinite?: boolean;
}

function args(r: Random, T: number, V: number, options: Options): OpArgs {
  const logits = r.f32(T * V, options.scale ?? 3);
  if (options.infinite) {
    for (let i = 0; i < logits.length; i++)
      if (i % V > 0 && r.uniform() < 0.3) logits[i] = -Infinity;
  }
  const given = {
    T,
    V,
    logits,
    targets: r.i32(T, 0, V - 1),
    temperature: options.temperature ?? 0.8,
  };
  const forward = tokenLogProbs(given) as Record<string, Float64Array>;
  const sparse = (): Float32Array => r.f32(T).map((g) => (r.uniform() < 0.3 ? 0 : g));
  return {
    ...given,
    lse: Float32Array.from(forward.lse!),
    entropy: Float32Array.from(forward.entropy!),
    dlogp: sparse(),
    dentropy: options.entropy ? sparse() : undefined,
    dlogits: options.inPlace ? logits : new Float32Array(T * V).fill(NaN),
  };
}

const cases: OpCases = {
  op: 'token_log_probs_backward',
  source: 'chain rule through the softmax Jacobian in float64',
  tolerance: {
    abs: 2e-6,
    rel: 6e-6,
    because:
      'p rebuilt from a float32 lse: 6e-8 (|lse| + |z / tau|), both up to 40 here; coefficients up to 4',
  },
  cases: [
    ...[
      [0, 7],
      [1, 1],
      [3, 2],
      [5, 15],
      [4, 16],
      [9, 17],
      [97, 41],
      [5, 1025],
      [4, 4099],
      [701, 61],
    ].map(([T, V]) => ({
      name: `${T}x${V}`,
      args: (r: Random) => args(r, T!, V!, { entropy: T! % 2 === 1 }),
    })),
    { name: 'in place', args: (r) => args(r, 23, 41, { inPlace: true }) },
    {
      name: 'in place with entropy',
      args: (r) => args(r, 23, 41, { entropy: true, inPlace: true }),
    },
    { name: 'hot', args: (r) => args(r, 7, 43, { temperature: 7.5, entropy: true }) },
    { name: 'cold', args: (r) => args(r, 7, 43, { temperature: 0.25, scale: 1, entropy: true }) },
    { name: '-inf logits', args: (r) => args(r, 31, 37, { entropy: true, infinite: true }) },
    { name: 'zero rows are not read', args: unreadRows },
  ],
  reference: tokenLogProbsBackward,
};

/** Rows without a coefficient hold NaN, in the logits and in what the forward pass left. */
function unreadRows(r: Random): OpArgs {
  const made = args(r, 19, 29, { entropy: true });
  const [logits, lse, entropy, g, h] = [
    made.logits,
    made.lse,
    made.entropy,
    made.dlogp,
    made.dentropy,
  ].map((array) => array as Float32Array);
  for (let row = 0; row < 19; row += 2) {
    g![row] = h![row] = 0;
    lse![row] = entropy![row] = NaN;
    logits!.fill(NaN, row * 29, (row + 1) * 29);
  }
  return made;
}

export default cases;
