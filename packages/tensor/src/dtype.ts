/** Element types of tensors. */
export type DType = 'f32' | 'f64' | 'i32' | 'u8';

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

interface ArrayType {
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
  BYTES_PER_ELEMENT: number;
  name: string;
}

export const arrayTypes: Record<DType, ArrayType> = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u8: Uint8Array,
};

/** The dtype of a typed array, or undefined for a kind that tensors do not hold. */
export function dtypeOf(array: unknown): DType | undefined {
  switch (Object.prototype.toString.call(array)) {
    case '[object Float32Array]':
      return 'f32';
    case '[object Float64Array]':
      return 'f64';
    case '[object Int32Array]':
      return 'i32';
    case '[object Uint8Array]':
      return 'u8';
    default:
      return undefined;
  }
}
