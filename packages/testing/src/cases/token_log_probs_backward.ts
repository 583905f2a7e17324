import { tokenLogProbsBackwardErrors } from '../bounds/softmax.js';
import { decoded, encoded, type FloatType } from '../floats.js';
import type { OpArgs, OpCases } from '../op-cases.js';
import { Random } from '../random.js';
import { tokenLogProbs } from '../reference/token_log_probs.js';
import { tokenLogProbsBackward } from '../reference/token_log_probs_backward.js';

interface Options {
  temperature?: number;
  entropy?: boolean;
  inPlace?: boolean;
  scale?: number;
  infinite?: boolean;
  dtype?: FloatType;
  ignore?: boolean;
}

function args(r: Random, T: number, V: number, options: Options): OpArgs {
  const { dtype = 'f32', ignore = false } = options;
  const values = r.f32(T * V, options.scale ?? 3);
  if (options.infinite) {
    for (let i = 0; i < values.length; i++)
      if (i % V > 0 && r.uniform() < 0.3) values[i] = -Infinity;
  }
  const logits = encoded(values, dtype);
  const given = {
    T,
    V,
    dtype,
    logits,
    targets: ignore ? r.i32(T, -2, V + 1) : r.i32(T, 0, V - 1),
    ignore_outside: ignore,
    temperature: options.temperature ?? 0.8,
  };
  const forward = tokenLogProbs(given) as Record<string, Float64Array>;
  const sparse = (): Float32Array => r.f32(T).map((g) => (r.uniform() < 0.3 ? 0 : g));
  return {
    ...given,
    lse: Float32Array.from(forward.lse!),
    entropy: options.entropy ? Float32Array.from(forward.entropy!) : undefined,
    dlogp: sparse(),
    dentropy: options.entropy ? sparse() : undefined,
    dlogits: options.inPlace ? logits : logits.slice().fill(dtype === 'f32' ? NaN : 0x7fc0),
  };
}

/** Options drawn together; shapes beside the edges of vectors, warps and blocks of threads. */
function drawn(seed: number): OpCases['cases'][number] {
  const r = new Random(6000 + seed);
  const V = r.of([1, 2, 4, 6, 12, 24, 30, 34, 48, 62, 66, 96, 126, 130, 191, 254, 258, 514]);
  const T = r.integer(1, V > 100 ? 3 : 9);
  const options: Options = {
    dtype: r.of(types),
    temperature: r.of([0.3, 0.8, 1, 3.3]),
    scale: r.of([0.1, 1, 3, 8]),
    entropy: r.uniform() < 0.6,
    inPlace: r.uniform() < 0.5,
    ignore: r.uniform() < 0.3,
    infinite: r.uniform() < 0.3,
  };
  return { name: `drawn ${seed}: ${T}x${V}`, args: (random) => args(random, T, V, options) };
}

const widths = [
  1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 41, 63, 65, 127, 129, 255, 257, 511, 513, 1023, 1024,
  1025, 2047, 2049, 4095, 4097, 8193,
]; // prettier-ignore
const types: FloatType[] = ['f32', 'bf16', 'f16'];

const cases: OpCases = {
  op: 'token_log_probs_backward',
  source:
    'chain rule through the softmax Jacobian in float64, on the logits as rounded to their type',
  tolerance: {
    abs: 0,
    rel: 0,
    because:
      'bounds/softmax.ts: p rebuilt from a float32 lse is off by u (16 + 4 |log p| + |lse|) of itself; ' +
      'a 16-bit gradient may be another unit in the last place off',
  },
  cases: [
    ...types.flatMap((dtype) =>
      widths.map((V) => ({
        name: `${V > 4000 ? 2 : 5}x${V} ${dtype}`,
        args: (r: Random) => args(r, V > 4000 ? 2 : 5, V, { entropy: V % 4 !== 1, dtype }),
      })),
    ),
    ...[
      [0, 7],
      [97, 41],
      [701, 61],
    ].map(([T, V]) => ({
      name: `${T}x${V}`,
      args: (r: Random) => args(r, T!, V!, { entropy: T === 97 }),
    })),
    ...types.flatMap((dtype) =>
      [41, 1025, 4500, 16403].flatMap((V) =>
        [false, true].map((entropy) => ({
          name: `in place ${V} ${dtype}${entropy ? ' with entropy' : ''}`,
          args: (r: Random) => args(r, V > 4000 ? 2 : 13, V, { inPlace: true, entropy, dtype }),
        })),
      ),
    ),
    ...types.flatMap((dtype) => [
      {
        name: `hot ${dtype}`,
        args: (r: Random) => args(r, 7, 43, { temperature: 7.5, entropy: true, dtype }),
      },
      {
        name: `cold ${dtype}`,
        args: (r: Random) => args(r, 7, 43, { temperature: 0.25, scale: 1, entropy: true, dtype }),
      },
      {
        name: `-inf logits ${dtype}`,
        args: (r: Random) => args(r, 31, 37, { entropy: true, infinite: true, dtype }),
      },
      {
        name: `ignored targets ${dtype}`,
        args: (r: Random) => args(r, 83, 5, { ignore: true, entropy: true, dtype }),
      },
      { name: `zero rows are not read ${dtype}`, args: (r: Random) => unreadRows(r, dtype) },
    ]),
    ...Array.from({ length: 76 }, (_, seed) => drawn(seed)),
  ],
  reference: (a) => ({
    ...tokenLogProbsBackward(a),
    '±dlogits': tokenLogProbsBackwardErrors(a as never),
  }),
};

/** Rows without a coefficient hold NaN, in the logits and in what the forward pass left. */
function unreadRows(r: Random, dtype: FloatType): OpArgs {
  const made = args(r, 19, 29, { entropy: true, dtype });
  const [lse, entropy, g, h] = [made.lse, made.entropy, made.dlogp, made.dentropy].map(
    (array) => array as Float32Array,
  );
  const logits = Float32Array.from(decoded(made.logits as Float32Array, dtype));
  for (let row = 0; row < 19; row += 2) {
    g![row] = h![row] = 0;
    lse![row] = entropy![row] = NaN;
    logits.fill(NaN, row * 29, (row + 1) * 29);
  }
  return { ...made, logits: encoded(logits, dtype) };
}

export default cases;
