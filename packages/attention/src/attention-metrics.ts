import { checkNames, cpu } from '@anacrusis/native';
import { empty, expectTensor, zeros, type Tensor } from '@anacrusis/tensor';
import { refuse } from './refuse.js';
import { equalTokens, packedTokens, perSequence, type Tokens } from './tokens.js';

/** Heads of one layer, as indices. */
export interface HeadChoice {
  local: readonly number[];
  global: readonly number[];
}

export interface AttentionMetricsInput {
  /** [B,H,T,D], or packed [T,H,D] with `offsets`; as it enters the dot product (after RoPE) */
  q: Tensor;
  /** [B,Hkv,T,D], or packed [T,Hkv,D] */
  k: Tensor;
  /** i32 [S+1]: first token of each packed sequence, then T */
  offsets?: Tensor;
  /** [B,H,T] or packed [H,T]: natural log-sum-exp of the rows. With it and `heads` only the keys in the
   * window and the horizon are read; an error of it moves WAAD by `window` times as much. */
  lse?: Tensor;
  /** W: distances are cut at it */
  window: number;
  /** Horizon of a key s: the queries s + hLo .. s + hHi, both included. */
  hLo: number;
  /** `Infinity`: to the end */
  hHi: number;
  /** Factor of the scores; 1 / sqrt(D) when left out. */
  scale?: number;
  /** Keys at the start of a sequence whose distances are left out of the span; 0 when left out. */
  excludeSinkTokens?: number;
  /** Rows begin <= t < end of each sequence count as queries (i32 [B], or one number for all); all rows
   * when left out. */
  queryRange?: { begin: number | Tensor; end: number | Tensor };
  /** Sums over these heads instead of signals per head. */
  heads?: HeadChoice;
}

/** Signals of every head. */
export interface HeadMetrics {
  /** [B,H,T] or [H,T]; 0 outside of the queries */
  waad: Tensor;
  /** [B,H,T] or [H,T]: per key; 0 where the horizon is empty */
  fai: Tensor;
  /** i32 [B,T] or [T]: queries in the horizon of each key; 0: FAI is undefined */
  horizon: Tensor;
  /** [B,H] or [S,H]: mean backward distance */
  span: Tensor;
  /** i32 [B] or [S]: queries that it is a mean of */
  spanRows: Tensor;
  /** [B,H,T] or [H,T]: natural log-sum-exp of the rows; 0 outside of the queries */
  lse: Tensor;
}

/** Sums over chosen heads, so that layers add up, and how many heads they are sums of. */
export interface HeadSums {
  /** [B,T] or [T] */
  waad: Tensor;
  /** [B,T] or [T] */
  fai: Tensor;
  /** i32 [B,T] or [T] */
  horizon: Tensor;
  counts: { local: number; global: number };
}

const OP = 'attentionMetrics';
const names = new Set(
  'q k offsets lse window hLo hHi scale excludeSinkTokens queryRange heads'.split(' '),
);

const rangeNames = new Set(['begin', 'end']);
const headNames = new Set(['local', 'global']);

interface Sizes extends Tokens {
  H: number;
  Hkv: number;
  D: number;
  /** Shape of a signal per head. */
  perHead: number[];
}

function sizesOf({ q, k, offsets }: AttentionMetricsInput): Sizes {
  if (offsets) {
    expectTensor(OP, 'q', q, 'f32', [null, null, null]);
    const [T, H, D] = q.shape as [number, number, number];
    expectTensor(OP, 'k', k, 'f32', [T, null, D]);
    return { ...packedTokens(OP, T, offsets), H, Hkv: k.shape[1]!, D, perHead: [H, T] };
  }
  expectTensor(OP, 'q', q, 'f32', [null, null, null, null]);
  const [B, H, L, D] = q.shape as [number, number, number, number];
  expectTensor(OP, 'k', k, 'f32', [B, null, L, D]);
  return { ...equalTokens(B, L), H, Hkv: k.shape[1]!, D, perHead: [B, H, L] };
}

/** What both forms pass on; outputs are the caller's. */
function commonArguments(input: AttentionMetricsInput, sizes: Sizes) {
  const { T, H, Hkv, D, S, offsets } = sizes;
  if (input.lse) expectTensor(OP, 'lse', input.lse, 'f32', sizes.perHead);
  const { begin = 0, end } = input.queryRange ?? {};
  const lengths = offsets.subarray(1).map((next, s) => next - offsets[s]!);
  const far = Number.MAX_SAFE_INTEGER;
  return {
    T,
    H,
    Hkv,
    D,
    S,
    layout: input.offsets ? ('thd' as const) : ('bhtd' as const),
    q: input.q.f32,
    k: input.k.f32,
    offsets,
    query_begin: perSequence(OP, 'queryRange.begin', begin, S),
    query_end: end === undefined ? lengths : perSequence(OP, 'queryRange.end', end, S),
    scale: input.scale ?? 1 / Math.sqrt(D),
    window: input.window,
    h_lo: input.hLo,
    h_hi: input.hHi === Infinity ? far : input.hHi,
    exclude_sink: input.excludeSinkTokens ?? 0,
    lse_in: input.lse?.f32,
  };
}

function perHeadMetrics(input: AttentionMetricsInput, sizes: Sizes): HeadMetrics {
  const metrics = {
    waad: empty(sizes.perHead),
    fai: empty(sizes.perHead),
    horizon: empty(sizes.shape, 'i32'),
    span: empty([sizes.S, sizes.H]),
    spanRows: empty([sizes.S], 'i32'),
    lse: empty(sizes.perHead),
  };
  cpu.attention_metrics({
    ...commonArguments(input, sizes),
    waad: metrics.waad.f32,
    fai: metrics.fai.f32,
    horizon: metrics.horizon.i32,
    span: metrics.span.f32,
    span_rows: metrics.spanRows.i32,
    lse: metrics.lse.f32,
  });
  return metrics;
}

/** 1 for each head of a list. */
export function headFlags(
  op: string,
  name: string,
  heads: readonly number[],
  H: number,
): Uint8Array {
  if (!Array.isArray(heads) && !ArrayBuffer.isView(heads)) {
    throw refuse(op, name, 'a list of heads', heads, 'ERR_TYPE');
  }
  const flags = new Uint8Array(H);
  for (const h of heads as readonly number[]) {
    const known = Number.isInteger(h) && h >= 0 && h < H && !flags[h];
    if (!known) throw refuse(op, name, `different heads in [0, ${H - 1}]`, h);
    flags[h] = 1;
  }
  return flags;
}

function summedMetrics(input: AttentionMetricsInput, sizes: Sizes, heads: HeadChoice): HeadSums {
  const { H, S, T } = sizes;
  const local = headFlags(OP, 'heads.local', heads.local, H);
  const global = headFlags(OP, 'heads.global', heads.global, H);
  const horizon = empty(sizes.shape, 'i32');
  using waad = empty(sizes.perHead);
  using fai = empty(sizes.perHead);
  cpu.attention_metrics({
    ...commonArguments(input, sizes),
    local_heads: local,
    global_heads: global,
    waad: waad.f32,
    fai: fai.f32,
    horizon: horizon.i32,
  });
  const add = (values: Tensor, chosen: Uint8Array): Tensor => {
    const sums = zeros(sizes.shape);
    const rows = input.offsets ? { S: 1, L: T } : { S, L: sizes.shape[1]! };
    cpu.head_sums({ ...rows, H, values: values.f32, heads: chosen, factor: 1, sums: sums.f32 });
    return sums;
  };
  const counts = { local: heads.local.length, global: heads.global.length };
  return { waad: add(waad, local), fai: add(fai, global), horizon, counts };
}

/**
 * WAAD, FAI, head span and log-sum-exp of one layer, from Q and K, without attention maps (2510.13554, eq. 7,
 * 9, 10). Grouped queries: signals belong to query heads. Not recorded for gradients.
 * @returns signals of every head; with `heads` sums over those.
 * @throws ArgumentError for shapes that disagree, or values out of range
 */
export function attentionMetrics(input: AttentionMetricsInput & { heads: HeadChoice }): HeadSums;
export function attentionMetrics(input: AttentionMetricsInput & { heads?: undefined }): HeadMetrics;
export function attentionMetrics(input: AttentionMetricsInput): HeadMetrics | HeadSums {
  checkNames(OP, names, input);
  if (input.queryRange) checkNames(`${OP}.queryRange`, rangeNames, input.queryRange);
  if (input.heads) checkNames(`${OP}.heads`, headNames, input.heads);
  const sizes = sizesOf(input);
  return input.heads ? summedMetrics(input, sizes, input.heads) : perHeadMetrics(input, sizes);
}
