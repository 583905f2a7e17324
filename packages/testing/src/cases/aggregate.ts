import type { OpArgs, OpCases } from '../op-cases.js';
import { aggregations, packedSequences } from '../packed.js';
import type { Random } from '../random.js';
import { aggregate } from '../reference/aggregate.js';

function args(r: Random, S: number, longest: number, aggregation: string): OpArgs {
  const packed = packedSequences(r, S, longest);
  const losses = r.f32(packed.T).map((x, i) => (packed.mask[i] ? x + 0.3 : NaN));
  return {
    ...packed,
    losses,
    aggregation,
    denominator: 0.29 * packed.T + 0.7,
    loss: new Float64Array(1),
    weights: new Float32Array(packed.T).fill(NaN),
  };
}

const cases: OpCases = {
  op: 'aggregate',
  source: 'definition of the four modes (2508.08221 section 4.1) in float64; masked losses are NaN',
  tolerance: {
    loss: { abs: 1e-12, rel: 1e-12, because: 'float64 sums of float32 losses, in another order' },
    weights: { abs: 0, rel: 1.2e-7, because: 'one rounding to float32' },
  },
  cases: [
    [0, 5],
    [1, 0],
    [1, 1],
    [3, 2],
    [17, 31],
    [9, 8111],
  ].flatMap(([S, longest]) =>
    aggregations.map((aggregation) => ({
      name: `${S} sequences up to ${longest}, ${aggregation}`,
      args: (r: Random) => args(r, S!, longest!, aggregation),
    })),
  ),
  reference: aggregate,
};

export default cases;
