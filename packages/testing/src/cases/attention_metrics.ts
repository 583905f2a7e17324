import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { attentionMetrics } from '../reference/attention_metrics.js';
import { halfBits, roundTo } from '../reference/cast.js';
import { Random as Numbers } from '../random.js';

type DType = 'f32' | 'bf16' | 'f16';

interface Options {
  lengths: number[];
  heads?: [number, number];
  D?: number;
  layout?: 'thd' | 'bhtd';
  window?: number;
  horizon?: [number, number];
  sink?: number;
  queries?: (length: number) => [number, number];
  masks?: boolean;
  lseOnly?: boolean;
  lseForm?: 'natural' | 'base2';
  dtype?: DType;
  /** outputs that are not wanted */
  without?: string[];
  sharpness?: number;
  scale?: number;
}

/** Numbers of the type: rounded to it, as bits for the 16-bit ones. */
export function floats(x: Float32Array, dtype: DType): Float32Array | Uint16Array {
  return dtype === 'f32' ? x : Uint16Array.from(x, (v) => halfBits(roundTo(v, dtype), dtype));
}

function args(random: Random, options: Options): OpArgs {
  const { lengths, layout = 'thd', D = 8, window = 4, sink = 0 } = options;
  const { dtype = 'f32', lseForm = 'natural', without = [] } = options;
  const [H, Hkv] = options.heads ?? [4, 2];
  const [h_lo, h_hi] = options.horizon ?? [2, 16];
  const offsets = Int32Array.from([0, ...lengths]).map((_, s) => sum(lengths.slice(0, s)));
  const T = sum(lengths);
  const ranges = lengths.map(options.queries ?? ((length) => [0, length]));
  const a: OpArgs = {
    T, H, Hkv, D, S: lengths.length, layout, dtype,
    q: floats(random.f32(T * H * D, options.sharpness ?? 1), dtype),
    k: floats(random.f32(T * Hkv * D), dtype),
    offsets,
    query_begin: Int32Array.from(ranges, (range) => range[0]),
    query_end: Int32Array.from(ranges, (range) => range[1]),
    scale: options.scale ?? 1.1 / Math.sqrt(D),
    window, h_lo, h_hi, exclude_sink: sink,
    lse_in: undefined, lse_form: lseForm,
    local_heads: options.masks ? Uint8Array.from({ length: H }, (_, h) => Number(h % 3 !== 0)) : undefined,
    global_heads: options.masks ? Uint8Array.from({ length: H }, (_, h) => Number(h % 2)) : undefined,
    waad: new Float32Array(H * T).fill(9),
    fai: new Float32Array(H * T).fill(9),
    horizon: new Int32Array(T).fill(9),
    span: new Float32Array(lengths.length * H).fill(9),
    span_rows: new Int32Array(lengths.length),
    lse: new Float32Array(H * T).fill(9),
  }; // prettier-ignore
  for (const name of without) a[name] = undefined;
  if (!options.lseOnly) return a;
  const lse_in = Float32Array.from(
    attentionMetrics(a)['lse'] as Float64Array,
    (lse) => lse / (lseForm === 'base2' ? Math.LN2 : 1),
  );
  return { ...a, lse_in, span: undefined, span_rows: undefined, lse: undefined };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, x) => total + x, 0);
}

const response = (length: number): [number, number] => [
  Math.floor(length / 3),
  length - Math.floor(length / 7),
];
const whole: [number, number] = [0, 2 ** 40];

// Head sizes of the kernels for one architecture, and more tiles than those keep under way.
const large: Record<string, Options> = {
  'bf16, D 64, six tiles': {
    lengths: [600, 70], heads: [2, 1], D: 64, dtype: 'bf16', window: 100, horizon: whole, sink: 5,
  },
  'f16, D 64, given lse': {
    lengths: [200, 1, 129], heads: [2, 2], D: 64, dtype: 'f16', window: 30, horizon: [4, 100], lseOnly: true,
  },
  'bf16, D 128, some rows are queries': {
    lengths: [129, 200, 3], heads: [2, 1], D: 128, dtype: 'bf16', window: 150, horizon: [5, 200], queries: response,
  },
  'f16, D 128, bhtd': {
    lengths: [150, 150], layout: 'bhtd', heads: [4, 2], D: 128, dtype: 'f16', horizon: [0, 130], masks: true,
  },
}; // prettier-ignore

const options: Record<string, Options> = {
  ...large,
  'no sequence': { lengths: [] },
  'no token': { lengths: [0, 0] },
  'one token': { lengths: [1] },
  'a few tokens': { lengths: [2, 1, 0, 3, 5] },
  ...Object.fromEntries(
    [15, 16, 17, 31, 63, 64, 65, 127].map((n) => [`${n} tokens`, { lengths: [n] }]),
  ),
  'ragged, some rows are queries': { lengths: [31, 7, 40, 1, 23], queries: response, window: 10 },
  'no query': { lengths: [9, 12], queries: () => [3, 3] },
  'whole future': { lengths: [37, 20], horizon: whole },
  'the key itself in the horizon': { lengths: [19], horizon: [0, 0] },
  'window of one': { lengths: [21], window: 1 },
  'window past the start': { lengths: [21, 4], window: 2 ** 45 },
  'horizon beyond the end': { lengths: [21, 4], horizon: [40, 50] },
  'sinks left out': { lengths: [33, 2], sink: 3, queries: response },
  'more sinks than window': { lengths: [33], sink: 31, window: 6 },
  'head masks': { lengths: [29, 30], heads: [6, 3], masks: true, queries: response },
  'one key head for eight': { lengths: [25, 26], heads: [8, 1], D: 5 },
  'as many key heads': { lengths: [25, 26], heads: [3, 3], D: 64 },
  'head size of one': { lengths: [18], heads: [2, 1], D: 1 },
  bhtd: { lengths: [22, 22, 22], layout: 'bhtd', heads: [6, 2], queries: response },
  'bhtd without tokens': { lengths: [0, 0], layout: 'bhtd' },
  'blocks of rows': { lengths: [129, 300], heads: [2, 1], window: 10, horizon: [10, 100] },
  'chunks of rows': { lengths: [530, 3], heads: [2, 1], D: 4, horizon: whole, queries: response },
  'chunks, bhtd': {
    lengths: [517, 517],
    layout: 'bhtd',
    heads: [1, 1],
    D: 3,
    window: 64,
    horizon: [4, 290],
  },
  'scale of zero: every key alike': { lengths: [21, 5], scale: 0, queries: response },
  'sharp rows': { lengths: [67, 130], D: 16, sharpness: 6 },
  'given lse': { lengths: [41, 22], lseOnly: true, queries: response },
  'given lse, window wider than horizon': {
    lengths: [91],
    lseOnly: true,
    window: 30,
    horizon: [3, 5],
  },
  'given lse, chunks, head masks': {
    lengths: [700], heads: [3, 1], lseOnly: true, masks: true, D: 4, window: 9, horizon: [10, 100],
  }, // prettier-ignore
  'bf16, sharp rows': { lengths: [67, 40], D: 16, sharpness: 6, dtype: 'bf16' },
  'f16, sharp rows': { lengths: [67, 40], D: 16, sharpness: 6, dtype: 'f16' },
  'bf16, odd head size': { lengths: [67, 130], D: 15, dtype: 'bf16', heads: [2, 1] },
  'base-2 lse': { lengths: [41, 22], lseOnly: true, lseForm: 'base2', queries: response },
  'one query: the last': { lengths: [40, 1, 77], queries: (n) => [n - 1, n], horizon: whole },
  'the last queries': {
    lengths: [140],
    queries: (n) => [n - 32, n],
    horizon: whole,
    dtype: 'bf16',
  },
  'FAI alone': { lengths: [90], horizon: whole, without: ['waad', 'span', 'lse', 'horizon'] },
  'WAAD alone': { lengths: [90], without: ['fai', 'span', 'lse', 'horizon', 'span_rows'] },
  'span alone': { lengths: [90], without: ['fai', 'waad', 'lse', 'horizon'] },
  'nothing wanted': {
    lengths: [9],
    without: ['fai', 'waad', 'lse', 'horizon', 'span', 'span_rows'],
  },
  'given lse, whole future, bhtd': {
    lengths: [35, 35],
    layout: 'bhtd',
    lseOnly: true,
    horizon: whole,
  },
};

/** Lengths around the edges of tiles, every type, head sizes around those that kernels are made for. */
function tileEdges(): Record<string, Options> {
  const sizes = [1, 7, 8, 31, 32, 33, 63, 64, 65, 80, 96, 97, 127, 128];
  const lengths = [1, 15, 16, 17, 31, 32, 33, 47, 49, 63, 64, 65, 95, 97, 127, 128, 129, 161, 193];
  const horizons: [number, number][] = [whole, [3, 40], [0, 70]];
  const list: Record<string, Options> = {};
  lengths.forEach((T, i) => {
    (['f32', 'bf16', 'f16'] as const).forEach((dtype, j) => {
      const D = sizes[(5 * i + 3 * j) % sizes.length]!;
      const horizon = horizons[(i + j) % 3]!;
      const heads: [number, number] = [1 + ((i + j) % 2), 1];
      list[`${T} tokens, D ${D}, ${dtype}`] = { lengths: [T], D, dtype, horizon, heads, window: 9 };
    });
  });
  // The nearest key of a tile one nearer than the window; the first query one before the last key of a tile.
  for (const dtype of ['f32', 'bf16', 'f16'] as const) {
    const o: Options = { lengths: [193], D: 16, dtype, heads: [1, 1] };
    for (const window of [2, 34, 66])
      list[`far tiles, window ${window}, ${dtype}`] = { ...o, window };
    list[`whole tiles of queries, ${dtype}`] = { ...o, horizon: whole, queries: () => [62, 193] };
  }
  for (const [D, dtype] of [
    [129, 'f32'], [192, 'bf16'], [193, 'f16'], [224, 'bf16'], [255, 'bf16'], [256, 'f32'], [256, 'f16'],
  ] as const) {
    list[`70 tokens, D ${D}, ${dtype}`] = { lengths: [70], D, dtype, heads: [1, 1], horizon: whole };
  } // prettier-ignore
  return list;
}

/** Options drawn together. */
function drawn(seed: number): [string, Options] {
  const r = new Numbers(1000 + seed);
  const of = <T>(list: readonly T[]): T => list[r.integer(0, list.length - 1)]!;
  const layout = of(['thd', 'bhtd'] as const);
  const length = of([3, 16, 18, 33, 50, 66, 70, 130]);
  const count = length > 60 ? 1 : r.integer(1, 3);
  const lengths = Array.from({ length: count }, () =>
    layout === 'bhtd' ? length : r.integer(0, length),
  );
  const h_lo = of([0, 1, 5, 20, 64]);
  const o: Options = {
    lengths,
    layout,
    heads: of<[number, number]>([[1, 1], [2, 1], [3, 3], [4, 2], [8, 1]]), // prettier-ignore
    D: of([4, 5, 16, 24, 32, 48]),
    window: of([1, 2, 10, 17, 64, 2 ** 33]),
    horizon: [h_lo, h_lo + of([0, 3, 15, 100, 2 ** 40])],
    dtype: of(['f32', 'bf16', 'f16'] as const),
    sink: of([0, 0, 1, 20]),
    masks: r.uniform() < 0.3,
    lseOnly: r.uniform() < 0.4,
    lseForm: of(['natural', 'base2'] as const),
    without: of([[], [], ['waad'], ['fai', 'horizon'], ['span'], ['lse', 'span_rows']]),
    ...(r.uniform() < 0.5 ? { queries: response } : {}),
    ...(r.uniform() < 0.2
      ? { queries: (n: number): [number, number] => [Math.max(0, n - 5), n] }
      : {}),
  };
  if (o.lseOnly && o.window! > 100) o.window = 100;
  return [`drawn ${seed}`, o];
}

const because = 'float32 scores of at most 40: 40 * 2^-24 on each weight; WAAD adds up W of them';
const cases: OpCases = {
  op: 'attention_metrics',
  source: '2510.13554 eq. 7, 9, 10, on dense float64 maps',
  tolerance: {
    waad: { abs: 4e-5, rel: 1e-5, because },
    fai: { abs: 1e-12, rel: 2e-5, because },
    horizon: { abs: 0, rel: 0, because: 'a count' },
    span: { abs: 1e-6, rel: 1e-5, because },
    span_rows: { abs: 0, rel: 0, because: 'a count' },
    lse: { abs: 2e-6, rel: 1e-6, because },
  },
  cases: [
    ...Object.entries({ ...options, ...tileEdges() }),
    ...Array.from({ length: 130 }, (_, seed) => drawn(seed)),
  ].map(([name, option]) => ({
    name,
    args: (random: Random) => args(random, option),
  })),
  reference: attentionMetrics,
};

export default cases;
