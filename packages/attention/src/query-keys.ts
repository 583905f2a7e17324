import { DeviceArray } from '@anacrusis/native';
import {
  expectTensor,
  opsOn,
  Tensor,
  type AnyOps,
  type DeviceName,
  type RawArray,
} from '@anacrusis/tensor';
import { refuse } from './refuse.js';
import { equalTokens, packedTokens, perSequence, type Tokens } from './tokens.js';

/** Elements of a 16-bit float type, row-major: as bits, or in an array of a device. */
export interface HalfArray {
  dtype: 'bf16' | 'f16';
  data: Uint16Array | DeviceArray;
  shape: readonly number[];
}

/** Queries and keys of one layer, in batches or packed. */
export interface QueryKeys {
  /** [B,H,T,D], or packed [T,H,D] with `offsets`; as it enters the dot product (after RoPE) */
  q: Tensor | HalfArray;
  /** [B,Hkv,T,D], or packed [T,Hkv,D]; of the same type */
  k: Tensor | HalfArray;
  /** i32 [S+1]: first token of each packed sequence, then T */
  offsets?: Tensor;
  /** [B,H,T] or packed [H,T]: log-sum-exp of the rows. With it and without span and lse only the keys in the
   * window and the horizon are read; an error of it moves WAAD by `window` times as much. */
  lse?: Tensor;
  /** Logarithm of `lse`: `natural` when left out, or `base2` */
  lseForm?: 'natural' | 'base2';
  /** Factor of the scores; 1 / sqrt(D) when left out. */
  scale?: number;
}

export interface Sizes extends Tokens {
  H: number;
  Hkv: number;
  D: number;
  /** Shape of a signal per head, and per group of the heads of one key head. */
  perHead: number[];
  perGroup: number[];
  /** Where the inputs are, and the raw ops there. */
  device: DeviceName;
  ops: AnyOps;
}

/** Rows begin <= t < end of each sequence (i32 [B], or one number for all). */
export interface QueryRange {
  begin: number | Tensor;
  end: number | Tensor;
}

const isHalves = (data: unknown): boolean =>
  data instanceof Uint16Array || data instanceof DeviceArray;

/** @throws ArgumentError for anything but floats of that shape (null: any size) */
export function expectFloats(
  op: string,
  name: string,
  x: Tensor | HalfArray,
  shape: readonly (number | null)[],
): void {
  if (x instanceof Tensor || !isHalves(x?.data)) return expectTensor(op, name, x, 'f32', shape);
  const { dtype, data } = x;
  if (dtype !== 'bf16' && dtype !== 'f16') {
    throw refuse(op, `${name}.dtype`, "'bf16' or 'f16'", dtype, 'ERR_TYPE');
  }
  const fits =
    x.shape?.length === shape.length &&
    shape.every((n, i) => n === null || n === x.shape[i]) &&
    x.shape.reduce((product, n) => product * n, 1) === data.length;
  if (fits) return;
  const expected = `shape [${shape.map((n) => n ?? 'any').join(', ')}] of all elements`;
  throw refuse(op, name, expected, `[${x.shape}] of ${data.length}`, 'ERR_SHAPE');
}

/** Type, elements and device of a float array of either kind. */
export function elements(x: Tensor | HalfArray): {
  dtype: 'f32' | 'bf16' | 'f16';
  data: RawArray;
  device: DeviceName;
} {
  if (x instanceof Tensor) return { dtype: 'f32', data: x.raw, device: x.device };
  const { dtype, data } = x;
  // The raw ops of the CPU take bits.
  const raw = data as unknown as RawArray;
  return { dtype, data: raw, device: data instanceof DeviceArray ? data.device : 'cpu' };
}

/** @throws ArgumentError for shapes or types that disagree */
export function sizesOf(op: string, { q, k, offsets, lse }: QueryKeys): Sizes {
  const rank = offsets ? 3 : 4;
  expectFloats(
    op,
    'q',
    q,
    Array.from({ length: rank }, () => null),
  );
  const [T, H, D] = (offsets ? q.shape : [q.shape[2], q.shape[1], q.shape[3]]) as number[];
  const B = q.shape[0]!;
  expectFloats(op, 'k', k, offsets ? [T!, null, D!] : [B, null, T!, D!]);
  const [one, other] = [elements(q), elements(k)];
  if (one.dtype !== other.dtype)
    throw refuse(op, 'k', `${one.dtype} as q`, other.dtype, 'ERR_TYPE');
  for (const [name, { device }] of Object.entries({ k: other, lse: lse ?? one })) {
    if (device === one.device) continue;
    const expected = `a tensor on ${one.device}, where q is`;
    throw refuse(op, name, expected, `one on ${device}`, 'ERR_DEVICE_MIXED');
  }
  const Hkv = k.shape[1]!;
  const tokens = offsets ? packedTokens(op, T!, offsets) : equalTokens(B, T!);
  const per = (heads: number): number[] => (offsets ? [heads, T!] : [B, heads, T!]);
  const perHead = per(H!);
  if (lse) expectTensor(op, 'lse', lse, 'f32', perHead);
  const { device } = one;
  return { ...tokens, H: H!, Hkv, D: D!, perHead, perGroup: per(Hkv), device, ops: opsOn(device) };
}

/** First and past-the-last query of every sequence; all rows without a range. */
export function queryRows(
  op: string,
  offsets: Int32Array,
  range?: QueryRange,
): { query_begin: Int32Array; query_end: Int32Array } {
  const lengths = offsets.subarray(1).map((next, s) => next - offsets[s]!);
  const { begin = 0, end } = range ?? {};
  return {
    query_begin: perSequence(op, 'queryRange.begin', begin, lengths.length),
    query_end: end === undefined ? lengths : perSequence(op, 'queryRange.end', end, lengths.length),
  };
}

/** What the raw op wants of them. */
export function queryKeyArguments(input: QueryKeys, sizes: Sizes) {
  const { T, H, Hkv, D, S, offsets } = sizes;
  const q = elements(input.q);
  return {
    T,
    H,
    Hkv,
    D,
    S,
    layout: input.offsets ? ('thd' as const) : ('bhtd' as const),
    dtype: q.dtype,
    q: q.data,
    k: elements(input.k).data,
    offsets,
    scale: input.scale ?? 1 / Math.sqrt(D),
    lse_in: input.lse?.raw,
    lse_form: input.lseForm ?? ('natural' as const),
  };
}
