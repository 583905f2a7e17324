import { addInto } from '../backward.js';
import { argument, expectShape, shapeText } from '../expect.js';
import { expectAlive } from '../expect-tensor.js';
import { record } from '../tape.js';
import { sizeOf, type Shape, type Tensor } from '../tensor.js';

/**
 * The same elements with another shape, without a copy. One size may be -1: it follows from the rest.
 * @throws ArgumentError when the numbers of elements differ.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  expectAlive('reshape', 'x', x);
  const open = Array.isArray(shape) ? shape.indexOf(-1) : -1;
  const resolved = open < 0 ? shape : shape.with(open, 1);
  expectShape('reshape', resolved);
  const wanted = open < 0 ? resolved : resolved.with(open, x.size / (sizeOf(resolved) || 1));
  if (sizeOf(wanted) !== x.size || !Number.isInteger(wanted[open] ?? 0)) {
    const expected = `${x.size} elements, as ${shapeText(x.shape)} has`;
    throw argument('reshape', 'shape', expected, shapeText(shape));
  }
  const y = x.alias(wanted);
  record('reshape', [x], [y], ([dy], sink) => sink.add(0, dy!));
  return y;
}

/**
 * Rows begin to end - 1 of the first axis, without a copy.
 * @throws ArgumentError unless 0 <= begin <= end <= rows.
 */
export function narrow(x: Tensor, begin: number, end: number): Tensor {
  expectAlive('narrow', 'x', x);
  const rows = x.shape[0] ?? 0;
  const whole = Number.isInteger(begin) && Number.isInteger(end);
  if (!whole || begin < 0 || end < begin || end > rows) {
    const expected = `0 <= begin <= end <= ${rows}`;
    throw argument('narrow', 'range', expected, `${begin}, ${end}`, 'ERR_RANGE');
  }
  const width = sizeOf(x.shape.slice(1));
  const y = x.alias([end - begin, ...x.shape.slice(1)], begin * width);
  record('narrow', [x], [y], ([dy], sink) => {
    const { d, add } = sink.accumulator(0);
    const part = (add ? d : d.fill(0)).alias(y.shape, begin * width);
    if (add) addInto(part, dy!);
    else part.copyFrom(dy!);
  });
  return y;
}
