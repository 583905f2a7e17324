import type { OpArgs, OpCases } from '../op-cases.js';
import { aggregations, packedLengths, packedSequences, type Packed } from '../packed.js';
import type { Random } from '../random.js';
import { aggregate } from '../reference/aggregate.js';

function given(r: Random, packed: Packed, aggregation: string): OpArgs {
  const losses = r.f32(packed.T).map((x, i) => (packed.mask[i] ? x + 0.3 : NaN));
  return {
    ...packed,
    losses,
    aggregation,
    denominator: 0.29 * packed.T + 0.7,
    loss: new Float64Array(1),
    weights: new Float32Array(packed.T).fill(NaN),
    numerator: undefined as Int32Array | undefined,
  };
}

/** Losses that are multiples of 1/64: float64 sums of them are exact, so the numerator is known to the bit. */
function exactly(made: OpArgs): OpArgs {
  const losses = (made.losses as Float32Array).map((x) => Math.round(64 * x) / 64);
  return { ...made, losses, numerator: new Int32Array(12).fill(7) };
}

/** One loss that counts is not finite. */
function broken(made: OpArgs, value: number): OpArgs {
  (made.losses as Float32Array)[(made.mask as Uint8Array).lastIndexOf(1)] = value;
  return made;
}

const cases: OpCases = {
  op: 'aggregate',
  source: 'definition of the four modes (2508.08221 section 4.1) in float64; masked losses are NaN',
  tolerance: {
    loss: { abs: 1e-12, rel: 1e-12, because: 'float64 sums of float32 losses, in another order' },
    weights: { abs: 0, rel: 1.2e-7, because: 'one rounding to float32' },
    numerator: { abs: 0, rel: 0, because: 'only asked for where all sums are exact' },
  },
  cases: aggregations.flatMap((aggregation) => [
    ...[
      [0, 5],
      [1, 0],
      [1, 1],
      [3, 2],
      [17, 31],
      [64, 33],
      [130, 7],
    ].map(([S, longest]) => ({
      name: `${S} sequences up to ${longest}, ${aggregation}`,
      args: (r: Random) => given(r, packedSequences(r, S!, longest!), aggregation),
    })),
    ...[1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 64, 65, 127, 128, 129, 255, 257].flatMap(
      (length) => [
        {
          name: `one of ${length}, ${aggregation}`,
          args: (r: Random) => given(r, packedLengths(length), aggregation),
        },
        {
          name: `one of ${length} among others, ${aggregation}`,
          args: (r: Random) => given(r, packedLengths(3, length, 0, 19, length), aggregation),
        },
      ],
    ),
    ...[1023, 1024, 1025, 2047, 2048, 2049, 3073, 5000].map((length) => ({
      name: `a long one of ${length}, ${aggregation}`,
      args: (r: Random) => given(r, packedLengths(5, length, 7), aggregation),
    })),
    ...(aggregation === 'seq-mean-token-mean' ? [] : [0, 1, 13, 40]).map((S) => ({
      name: `the numerator of ${S} sequences, ${aggregation}`,
      args: (r: Random) => exactly(given(r, packedSequences(r, S, 67), aggregation)),
    })),
    ...[NaN, Infinity, -Infinity].map((value) => ({
      name: `a loss of ${value}, ${aggregation}`,
      args: (r: Random) => broken(given(r, packedLengths(5, 40, 7), aggregation), value),
    })),
    {
      name: `all masked, ${aggregation}`,
      args: (r: Random) => {
        const made = given(r, packedLengths(5, 40, 7), aggregation);
        (made.mask as Uint8Array).fill(0);
        return made;
      },
    },
  ]),
  reference: aggregate,
};

export default cases;
