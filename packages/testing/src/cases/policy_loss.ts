import type { OpArgs, OpCases } from '../op-cases.js';
import { aggregations, packedSequences } from '../packed.js';
import type { Random } from '../random.js';
import { policyLoss } from '../reference/policy_loss.js';

interface Options {
  aggregation?: (typeof aggregations)[number];
  step?: number;
  low?: number;
  high?: number;
}

function args(r: Random, S: number, longest: number, options: Options = {}): OpArgs {
  const packed = packedSequences(r, S, longest);
  const old_logp = r.f32(packed.T).map((x) => -Math.abs(x) - 0.01);
  const step = r.f32(packed.T, options.step ?? 0.3);
  return {
    ...packed,
    logp: old_logp.map((x, i) => x + step[i]!),
    old_logp,
    advantages: r.f32(packed.T),
    clip_low: options.low ?? 0.2,
    clip_high: options.high ?? 0.28,
    aggregation: options.aggregation ?? 'token-mean',
    denominator: 0.37 * packed.T + 1.5,
    loss: new Float64Array(1),
    dlogp: new Float32Array(packed.T).fill(NaN),
    metrics: new Float64Array(8),
  };
}

const bound = {
  abs: 1e-6,
  rel: 1e-6,
  because: 'ratio, product and log-ratio of a token round in float32; sums are float64',
};

const cases: OpCases = {
  op: 'policy_loss',
  source:
    '1707.06347 eq. 7 by cases, aggregation from its definition (2508.08221 section 4.1), in float64',
  tolerance: {
    loss: bound,
    dlogp: bound,
    metrics: {
      ...bound,
      abs: 3e-5,
      because: 'sums over up to 2,400 tokens, each rounded as in the loss',
    },
  },
  cases: [
    ...[
      [0, 5],
      [1, 0],
      [1, 1],
      [3, 2],
      [17, 31],
      [250, 61],
      [9, 1031],
    ].flatMap(([S, longest]) =>
      aggregations.map((aggregation) => ({
        name: `${S} sequences up to ${longest}, ${aggregation}`,
        args: (r: Random) => args(r, S!, longest!, { aggregation }),
      })),
    ),
    { name: 'far from the old policy', args: (r) => args(r, 13, 29, { step: 2 }) },
    { name: 'near the old policy', args: (r) => args(r, 13, 29, { step: 1e-3 }) },
    { name: 'no clip above', args: (r) => args(r, 13, 29, { high: 1e30 }) },
    { name: 'no room', args: (r) => args(r, 13, 29, { low: 0, high: 0 }) },
    { name: 'low beyond 1', args: (r) => args(r, 13, 29, { low: 1.7, step: 1 }) },
    { name: 'all masked', args: allMasked },
    { name: 'NaN where masked', args: (r) => withNaN(args(r, 21, 31), 0) },
    { name: 'NaN where it counts', args: (r) => withNaN(args(r, 21, 31), 1) },
    { name: 'a ratio beyond float32', args: overflowing },
  ],
  reference: policyLoss,
};

function allMasked(r: Random): OpArgs {
  const made = args(r, 5, 17);
  (made.mask as Uint8Array).fill(0);
  return made;
}

/** Every third token with that mask holds a NaN in one of the inputs. */
function withNaN(made: OpArgs, mask: number): OpArgs {
  for (let i = 0; i < (made.T as number); i++) {
    if ((made.mask as Uint8Array)[i] !== mask || i % 3 > 0) continue;
    const name = ['logp', 'old_logp', 'advantages'][(i / 3) % 3]!;
    (made[name] as Float32Array)[i] = NaN;
  }
  return made;
}

/** Positive advantages, so that the clipped branch holds the loss where the ratio overflows. */
function overflowing(r: Random): OpArgs {
  const made = args(r, 7, 19);
  for (let i = 0; i < (made.T as number); i++) {
    (made.advantages as Float32Array)[i] = 0.5 + 0.01 * i;
    if (i % 4 === 0) (made.logp as Float32Array)[i] = (made.old_logp as Float32Array)[i]! + 95;
  }
  return { ...made, metrics: new Float64Array(8) };
}

export default cases;
