import { DeviceArray } from '@anacrusis/native';
import type { DeviceName } from './device.js';
import { arrayTypes, dtypeOf, type DType, type TypedArray } from './dtype.js';
import { argument, expectShape, kindOf, shapeText } from './expect.js';
import { allocate, sizeOf, Tensor, type Shape } from './tensor.js';

/** Where a new tensor is to be: a tensor here means: where that one is. */
export interface OnDevice {
  /** The CPU when left out. */
  device?: DeviceName | undefined;
}

function dtypeOfDevice({ dtype }: DeviceArray): DType | undefined {
  return Object.hasOwn(arrayTypes, dtype) ? (dtype as DType) : undefined;
}

/**
 * A tensor on the caller's memory, without a copy; with `device` a copy on that device.
 * @param data Float32Array, Float64Array, Int32Array, Uint8Array, or a device array of one of these types; the
 *   tensor sees later changes.
 * @param shape sizes whose product is the length; `[length]` when left out.
 * @throws ArgumentError when they disagree.
 */
export function tensor(
  data: TypedArray | DeviceArray,
  shape: Shape = [data?.length],
  { device }: OnDevice = {},
): Tensor {
  const dtype = data instanceof DeviceArray ? dtypeOfDevice(data) : dtypeOf(data);
  if (dtype === undefined) {
    const kinds = 'a Float32Array, Float64Array, Int32Array or Uint8Array';
    const received = data instanceof DeviceArray ? `one of ${data.dtype}` : kindOf(data);
    throw argument('tensor', 'data', kinds, received, 'ERR_TYPE');
  }
  expectShape('tensor', shape);
  if (sizeOf(shape) !== data.length) {
    const expected = `${sizeOf(shape)} elements for shape ${shapeText(shape)}`;
    throw argument('tensor', 'data', expected, `${data.length} elements`);
  }
  const here = new Tensor(data, [...shape], dtype, { block: null, users: 0 });
  if (device === undefined || device === here.device) return here;
  try {
    return here.to(device);
  } finally {
    here.dispose();
  }
}

/**
 * A tensor whose elements are not set: every one must be written before it is read.
 * @throws ArgumentError for a shape that is none or an unknown dtype
 * @throws OutOfMemoryError, DeviceError
 */
export function empty(
  shape: Shape,
  dtype: DType = 'f32',
  { device = 'cpu' }: OnDevice = {},
): Tensor {
  expectShape('empty', shape);
  if (!Object.hasOwn(arrayTypes, dtype)) {
    const kinds = Object.keys(arrayTypes).join(', ');
    throw argument('empty', 'dtype', `one of ${kinds}`, String(dtype), 'ERR_DTYPE');
  }
  const { raw, block } = allocate(sizeOf(shape), dtype, device);
  return new Tensor(raw, [...shape], dtype, { block, users: 0 });
}

/** A tensor with every element `value`. @throws as `empty` */
export function full(shape: Shape, value: number, dtype: DType = 'f32', on: OnDevice = {}): Tensor {
  return empty(shape, dtype, on).fill(value);
}

/** A tensor of zeros. @throws as `empty` */
export function zeros(shape: Shape, dtype: DType = 'f32', on: OnDevice = {}): Tensor {
  return full(shape, 0, dtype, on);
}
