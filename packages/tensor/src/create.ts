import { arrayTypes, dtypeOf, type DType, type TypedArray } from './dtype.js';
import { argument, expectShape, shapeText } from './expect.js';
import { takeBlock } from './pool.js';
import { sizeOf, Tensor, type Shape } from './tensor.js';

/**
 * A tensor on the caller's memory, without a copy.
 * @param data Float32Array, Float64Array, Int32Array or Uint8Array; the tensor sees later changes.
 * @param shape sizes whose product is the length; `[length]` when left out.
 * @throws ArgumentError when they disagree.
 */
export function tensor(data: TypedArray, shape: Shape = [data?.length]): Tensor {
  const dtype = dtypeOf(data);
  if (dtype === undefined) {
    const kinds = 'a Float32Array, Float64Array, Int32Array or Uint8Array';
    const received = Object.prototype.toString.call(data).slice(8, -1);
    throw argument('tensor', 'data', kinds, received, 'ERR_TYPE');
  }
  expectShape('tensor', shape);
  if (sizeOf(shape) !== data.length) {
    const expected = `${sizeOf(shape)} elements for shape ${shapeText(shape)}`;
    throw argument('tensor', 'data', expected, `${data.length} elements`);
  }
  return new Tensor(data, [...shape], dtype, { block: null, users: 0 });
}

/**
 * A tensor whose elements are not set: every one must be written before it is read.
 * @throws ArgumentError for a shape that is none or an unknown dtype
 * @throws OutOfMemoryError
 */
export function empty(shape: Shape, dtype: DType = 'f32'): Tensor {
  expectShape('empty', shape);
  const ArrayType = arrayTypes[dtype];
  if (!ArrayType) {
    const kinds = Object.keys(arrayTypes).join(', ');
    throw argument('empty', 'dtype', `one of ${kinds}`, String(dtype), 'ERR_DTYPE');
  }
  const size = sizeOf(shape);
  const block = takeBlock(size * ArrayType.BYTES_PER_ELEMENT);
  return new Tensor(new ArrayType(block, 0, size), [...shape], dtype, { block, users: 0 });
}

/** A tensor with every element `value`. @throws as `empty` */
export function full(shape: Shape, value: number, dtype: DType = 'f32'): Tensor {
  const result = empty(shape, dtype);
  result.data.fill(value);
  return result;
}

/** A tensor of zeros. @throws as `empty` */
export function zeros(shape: Shape, dtype: DType = 'f32'): Tensor {
  return full(shape, 0, dtype);
}
