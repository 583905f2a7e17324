import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { attentionMetrics } from '../reference/attention_metrics.js';

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
  sharpness?: number;
  scale?: number;
}

function args(random: Random, options: Options): OpArgs {
  const { lengths, layout = 'thd', D = 8, window = 4, sink = 0 } = options;
  const [H, Hkv] = options.heads ?? [4, 2];
  const [h_lo, h_hi] = options.horizon ?? [2, 16];
  const offsets = Int32Array.from([0, ...lengths]).map((_, s) => sum(lengths.slice(0, s)));
  const T = sum(lengths);
  const ranges = lengths.map(options.queries ?? ((length) => [0, length]));
  const a: OpArgs = {
    T, H, Hkv, D, S: lengths.length, layout,
    q: random.f32(T * H * D, options.sharpness ?? 1),
    k: random.f32(T * Hkv * D),
    offsets,
    query_begin: Int32Array.from(ranges, (range) => range[0]),
    query_end: Int32Array.from(ranges, (range) => range[1]),
    scale: options.scale ?? 1.1 / Math.sqrt(D),
    window, h_lo, h_hi, exclude_sink: sink,
    lse_in: undefined,
    local_heads: options.masks ? Uint8Array.from({ length: H }, (_, h) => Number(h % 3 !== 0)) : undefined,
    global_heads: options.masks ? Uint8Array.from({ length: H }, (_, h) => Number(h % 2)) : undefined,
    waad: new Float32Array(H * T).fill(9),
    fai: new Float32Array(H * T).fill(9),
    horizon: new Int32Array(T).fill(9),
    span: new Float32Array(lengths.length * H).fill(9),
    span_rows: new Int32Array(lengths.length),
    lse: new Float32Array(H * T).fill(9),
  }; // prettier-ignore
  if (!options.lseOnly) return a;
  const lse_in = Float32Array.from(attentionMetrics(a)['lse'] as Float64Array);
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

const options: Record<string, Options> = {
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
  'given lse, whole future, bhtd': {
    lengths: [35, 35],
    layout: 'bhtd',
    lseOnly: true,
    horizon: whole,
  },
};

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
  cases: Object.entries(options).map(([name, option]) => ({
    name,
    args: (random: Random) => args(random, option),
  })),
  reference: attentionMetrics,
};

export default cases;
