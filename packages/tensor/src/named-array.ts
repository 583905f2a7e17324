/** Element types of the format that are read and written, with their size in bytes. */
export const DTYPE_BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type SafetensorsDtype = keyof typeof DTYPE_BYTES;

/**
 * One tensor of a safetensors file: raw little-endian bytes with their type and shape. From the
 * reader, `data.byteOffset` is a multiple of the element size, so a typed array can be laid over it.
 */
export interface NamedArray {
  dtype: SafetensorsDtype;
  shape: number[];
  data: Uint8Array;
}

export type PlainTypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

const LAYOUT = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

/**
 * A typed array as a `NamedArray` over the same memory. Without `dtype` the type follows from the
 * array (`Float32Array` is `F32`, ...); `F16`, `BF16` (on `Uint16Array`) and `BOOL` are named.
 * @throws TypeError when the array's kind does not hold that type
 */
export function namedArray(
  array: PlainTypedArray,
  shape: number[] = [array.length],
  dtype = dtypeOf(array),
): NamedArray {
  const tag = Object.prototype.toString.call(array);
  if (tag !== tagOf(dtype)) {
    throw new TypeError(`array: expected ${tagOf(dtype)} for ${dtype}, received ${tag}`);
  }
  return { dtype, shape, data: new Uint8Array(array.buffer, array.byteOffset, array.byteLength) };
}

/**
 * The typed array over a tensor's bytes, without a copy where they are aligned. `F16` and `BF16`
 * come as their bit patterns in a `Uint16Array`.
 */
export function typedArrayOf({ dtype, data }: NamedArray): PlainTypedArray {
  const bytes = DTYPE_BYTES[dtype];
  const { buffer, byteOffset } = data.byteOffset % bytes === 0 ? data : new Uint8Array(data);
  return new LAYOUT[dtype](buffer as ArrayBuffer, byteOffset, data.byteLength / bytes);
}

function dtypeOf(array: PlainTypedArray): SafetensorsDtype {
  const tag = Object.prototype.toString.call(array);
  for (const dtype of Object.keys(LAYOUT) as SafetensorsDtype[]) {
    if (tagOf(dtype) === tag) return dtype;
  }
  throw new TypeError(`array: expected a typed array, received ${tag}`);
}

function tagOf(dtype: SafetensorsDtype): string {
  return `[object ${LAYOUT[dtype]?.name}]`;
}
