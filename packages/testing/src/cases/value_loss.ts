import type { OpArgs, OpCases } from '../op-cases.js';
import { aggregations, packedLengths, packedSequences, type Packed } from '../packed.js';
import type { Random } from '../random.js';
import { valueLoss } from '../reference/value_loss.js';

interface Options {
  aggregation?: string;
  scale?: 'half' | 'full';
  /** Left out: no old values. */
  clip?: number;
}

function made(r: Random, packed: Packed, o: Options = {}): OpArgs {
  const { T } = packed;
  const values = r.f32(T, 0.8);
  const moved = r.f32(T, 0.3);
  return {
    ...{ ...packed, values, returns: r.f32(T, 0.9) },
    old_values: o.clip === undefined ? undefined : values.map((v, i) => v + moved[i]!),
    ...{ scale: o.scale ?? 'half', clip: o.clip ?? 0 },
    aggregation: o.aggregation ?? 'token-mean',
    denominator: 0.37 * T + 1.5,
    loss: new Float64Array(1),
    dvalues: new Float32Array(T).fill(NaN),
    metrics: new Float64Array(10),
  };
}

/** Every third step with that mask holds this value in one of the inputs. */
function broken(args: OpArgs, mask: number, value: number): OpArgs {
  for (let i = 0; i < (args.T as number); i++) {
    if ((args.mask as Uint8Array)[i] !== mask || i % 3 > 0) continue;
    const name = ['values', 'returns', 'old_values'][(i / 3) % 3]!;
    (args[name] as Float32Array)[i] = value;
  }
  return args;
}

const every = aggregations.flatMap((aggregation) =>
  (['half', 'full'] as const).flatMap((scale) =>
    [undefined, 0.2].map((clip) => ({ aggregation, scale, clip })),
  ),
);
const named = (o: Options): string => `${o.aggregation}, ${o.scale}, clip ${o.clip ?? 'none'}`;

const cases: OpCases = {
  op: 'value_loss',
  source: 'OpenAI Baselines ppo2 and 2005.12729 section 3 as a function of the value, in float64',
  tolerance: {
    loss: {
      abs: 1e-6,
      rel: 1e-6,
      because: 'the loss of a token rounds in float32; sums are float64',
    },
    dvalues: { abs: 2e-7, rel: 1e-6, because: 'float32 error times a float32 scale' },
    metrics: {
      ...{ abs: 3e-5, rel: 1e-6 },
      because: 'errors round in float32, up to 3,100 of them; sums are float64',
    },
  },
  cases: [
    ...every.flatMap((o) =>
      [
        [0, 5],
        [1, 0],
        [1, 1],
        [3, 2],
        [17, 31],
        [64, 33],
        [160, 7],
      ].map(([S, longest]) => ({
        name: `${S} sequences up to ${longest}, ${named(o)}`,
        args: (r: Random) => made(r, packedSequences(r, S!, longest!), o),
      })),
    ),
    ...every.flatMap((o, k) =>
      [15, 16, 17, 31, 32, 33, 255, 257, 1023, 1024, 1025, 2049]
        .filter((_, i) => i % 2 === k % 2)
        .map((length) => ({
          name: `one of ${length} among others, ${named(o)}`,
          args: (r: Random) => made(r, packedLengths(3, length, 0, 19), o),
        })),
    ),
    { name: 'a long one', args: (r: Random) => made(r, packedLengths(3100), { clip: 0.1 }) },
    { name: 'no room', args: (r: Random) => made(r, packedSequences(r, 13, 29), { clip: 0 }) },
    { name: 'much room', args: (r: Random) => made(r, packedSequences(r, 13, 29), { clip: 1e30 }) },
    ...every.slice(0, 4).flatMap((o) => [
      {
        name: `NaN where masked, ${named(o)}`,
        args: (r: Random) =>
          broken(made(r, packedSequences(r, 21, 31), { ...o, clip: 0.2 }), 0, NaN),
      },
      {
        name: `NaN where it counts, ${named(o)}`,
        args: (r: Random) =>
          broken(made(r, packedSequences(r, 21, 31), { ...o, clip: 0.2 }), 1, NaN),
      },
      {
        name: `infinity where it counts, ${named(o)}`,
        args: (r: Random) => {
          const args = made(r, packedSequences(r, 21, 31), { scale: o.scale! });
          (args.returns as Float32Array)[(args.mask as Uint8Array).indexOf(1)] = Infinity;
          return args;
        },
      },
      {
        name: `all masked, ${named(o)}`,
        args: (r: Random) => {
          const args = made(r, packedSequences(r, 5, 17), o);
          (args.mask as Uint8Array).fill(0);
          return args;
        },
      },
    ]),
  ],
  reference: valueLoss,
};

export default cases;
