import type { DType } from './dtype.js';
import { argument, disposed, kindOf, shapeText } from './expect.js';
import { Tensor } from './tensor.js';

/** Throws unless `value` is a tensor of any dtype, alive. */
export function expectAlive(
  op: string,
  parameter: string,
  value: unknown,
): asserts value is Tensor {
  if (!(value instanceof Tensor)) {
    throw argument(op, parameter, 'a tensor', kindOf(value), 'ERR_TYPE');
  }
  if (value.isDisposed) throw disposed(op, parameter);
}

/**
 * Throws unless `value` is a tensor of that dtype, alive, and of that shape (null: any size).
 * @throws ArgumentError `ERR_TYPE`, `ERR_DTYPE` or `ERR_SHAPE`
 * @throws DisposedError
 */
export function expectTensor(
  op: string,
  parameter: string,
  value: unknown,
  dtype: DType,
  shape?: readonly (number | null)[],
): asserts value is Tensor {
  expectAlive(op, parameter, value);
  if (value.dtype !== dtype) {
    throw argument(op, parameter, `a tensor of ${dtype}`, `one of ${value.dtype}`, 'ERR_DTYPE');
  }
  if (!shape) return;
  const fits =
    shape.length === value.shape.length &&
    shape.every((size, i) => size === null || size === value.shape[i]);
  if (fits) return;
  const expected = `shape [${shape.map((size) => size ?? 'any').join(', ')}]`;
  throw argument(op, parameter, expected, shapeText(value.shape));
}
