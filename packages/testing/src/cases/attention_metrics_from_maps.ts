import type { OpArgs, OpCases } from '../op-cases.js';
import { Random } from '../random.js';
import { attentionMetricsFromMaps } from '../reference/attention_metrics_from_maps.js';
import { halfBits, roundTo } from '../reference/cast.js';

interface Options {
  B?: number;
  H?: number;
  T: number;
  dtype?: 'f32' | 'bf16' | 'f16';
  normalized?: boolean;
  window?: number;
  horizon?: [number, number];
  sink?: number;
  queries?: (b: number) => [number, number];
  masks?: boolean;
  without?: string[];
}

/** 256 parts of 1 among n keys: exact in every type. */
function parts(random: Random, n: number): number[] {
  const weights = Array.from({ length: n }, () => 0);
  for (let i = 0; i < 256; i++) weights[random.integer(0, n - 1)]! += 1;
  return weights;
}

/** Random rows that add up to 1; NaN above the diagonal, which nobody may read. */
function rows(random: Random, count: number, T: number, exact: boolean): Float64Array {
  const maps = new Float64Array(count * T).fill(NaN);
  for (let row = 0; row < count; row++) {
    const t = row % T;
    const weights = exact
      ? parts(random, t + 1)
      : Array.from({ length: t + 1 }, () => Math.exp(2 * random.normal()));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    weights.forEach((weight, s) => (maps[row * T + s] = weight / total));
  }
  return maps;
}

function args(random: Random, o: Options): OpArgs {
  const { B = 1, H = 2, T, dtype = 'f32', window = 4, sink = 0, without = [] } = o;
  const [h_lo, h_hi] = o.horizon ?? [2, 16];
  const maps = rows(random, B * H * T, T, o.normalized ?? false);
  const ranges = Array.from({ length: B }, (_, b) => o.queries?.(b) ?? [0, T]);
  const flags = (every: number): Uint8Array | undefined =>
    o.masks ? Uint8Array.from({ length: H }, (_, h) => Number(h % every === 0)) : undefined;
  const a: OpArgs = {
    B, H, T, dtype,
    maps: dtype === 'f32' ? Float32Array.from(maps) : Uint16Array.from(maps, (x) => halfBits(roundTo(x, dtype), dtype)),
    normalized: o.normalized ?? false,
    query_begin: Int32Array.from(ranges, ([begin]) => begin!),
    query_end: Int32Array.from(ranges, ([, end]) => end!),
    window, h_lo, h_hi, exclude_sink: sink,
    local_heads: flags(2), global_heads: flags(3),
    waad: new Float32Array(B * H * T).fill(9),
    fai: new Float32Array(B * H * T).fill(9),
    horizon: new Int32Array(B * T).fill(9),
    span: new Float32Array(B * H).fill(9),
    span_rows: new Int32Array(B).fill(9),
  }; // prettier-ignore
  for (const name of without) a[name] = undefined;
  return a;
}

const whole: [number, number] = [0, 2 ** 40];

const options: Record<string, Options> = {
  'no sequence': { B: 0, T: 5 },
  'no token': { B: 2, T: 0 },
  'no head': { H: 0, T: 4 },
  ...Object.fromEntries(
    [1, 2, 7, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257].flatMap((T, i) =>
      (['f32', 'bf16', 'f16'] as const).map((dtype, j): [string, Options] => [
        `${T} tokens, ${dtype}`,
        { T, dtype, horizon: (i + j) % 2 ? whole : [3, 40], window: 9, H: 1 + ((i + j) % 2) },
      ]),
    ),
  ),
  'several sequences, some rows are queries': {
    B: 3,
    T: 50,
    queries: (b) => [7 * b, 50 - 3 * b],
    horizon: whole,
  },
  'no query': { T: 12, queries: () => [4, 4] },
  'one query: the last': { T: 40, queries: () => [39, 40], horizon: whole },
  'the key itself in the horizon': { T: 19, horizon: [0, 0] },
  'horizon beyond the end': { T: 21, horizon: [40, 50] },
  'window of one': { T: 21, window: 1 },
  'window past the start': { T: 41, window: 2 ** 45 },
  'sinks left out': { T: 41, sink: 3 },
  'more sinks than tokens': { T: 41, sink: 2 ** 40 },
  'head masks': { B: 2, H: 7, T: 30, masks: true },
  'FAI alone': { T: 70, without: ['waad', 'span', 'horizon'], horizon: whole },
  'WAAD alone': { T: 70, without: ['fai', 'span', 'span_rows'] },
  'span alone': { T: 70, without: ['fai', 'waad'] },
  'nothing wanted': { T: 9, without: ['fai', 'waad', 'span', 'horizon', 'span_rows'] },
  'several chunks of rows': { H: 1, T: 530, horizon: [4, 290], window: 64 },
  'normalized, band alone': { T: 70, normalized: true, without: ['span'] },
  'normalized, f16, several chunks': {
    H: 1, T: 300, normalized: true, without: ['span'], dtype: 'f16', horizon: [10, 100], window: 10,
  },
  'normalized, window of one alone': {
    T: 21, normalized: true, without: ['span', 'fai'], window: 1,
  },
  'normalized, first row beyond a strip and the window': {
    H: 1, T: 300, normalized: true, without: ['span', 'fai'], window: 10,
  },
  'normalized, window wider than horizon': {
    T: 91, normalized: true, without: ['span'], window: 30, horizon: [3, 5],
  },
  'normalized, with span': { T: 70, normalized: true, horizon: whole },
  'normalized, head masks': { H: 7, T: 40, normalized: true, masks: true, without: ['span'] },
}; // prettier-ignore

/** Options drawn together. */
function drawn(seed: number): [string, Options] {
  const r = new Random(4000 + seed);
  const of = <T>(list: readonly T[]): T => list[r.integer(0, list.length - 1)]!;
  const T = of([3, 16, 18, 33, 50, 66, 70, 130]);
  const h_lo = of([0, 1, 5, 20, 64]);
  const dtype = of(['f32', 'bf16', 'f16'] as const);
  const begin = r.integer(0, T);
  const o: Options = {
    B: of([1, 1, 2]),
    H: of([1, 2, 3]),
    T,
    dtype,
    normalized: r.uniform() < 0.4,
    window: of([1, 2, 10, 17, 64, 200]),
    horizon: [h_lo, h_lo + of([0, 3, 15, 100, 2 ** 40])],
    sink: of([0, 0, 1, 20]),
    masks: r.uniform() < 0.3,
    without: of([[], [], ['waad'], ['fai', 'horizon'], ['span'], ['span_rows', 'span']]),
    ...(r.uniform() < 0.5
      ? { queries: (): [number, number] => [begin, Math.max(begin, T - 2)] }
      : {}),
  };
  return [`drawn ${seed}`, o];
}

const because = 'sums of at most some hundred float32 terms';
const cases: OpCases = {
  op: 'attention_metrics_from_maps',
  source: '2510.13554 eq. 7, 9, 10, in float64',
  tolerance: {
    waad: { abs: 1e-5, rel: 2e-6, because: 'the same; normalized: W times 2^-24' },
    fai: { abs: 1e-12, rel: 2e-6, because },
    horizon: { abs: 0, rel: 0, because: 'a count' },
    span: { abs: 1e-6, rel: 1e-5, because },
    span_rows: { abs: 0, rel: 0, because: 'a count' },
  },
  cases: [
    ...Object.entries(options),
    ...Array.from({ length: 140 }, (_, seed) => drawn(seed)),
  ].map(([name, option]) => ({ name, args: (random: Random) => args(random, option) })),
  reference: attentionMetricsFromMaps,
}; // prettier-ignore

export default cases;
