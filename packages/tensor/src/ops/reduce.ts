import { empty, full } from '../create.js';
import { opsOf, type AnyOps } from '../device.js';
import { argument } from '../expect.js';
import { expectTensor } from '../expect-tensor.js';
import { record, type Backward } from '../tape.js';
import type { Tensor } from '../tensor.js';

type Reduction = 'sum' | 'mean' | 'max';

interface Dims {
  outer: number;
  n: number;
  inner: number;
}

/** The axis as [outer, n, inner]; without one all elements are reduced to a scalar. */
function split(op: string, x: Tensor, axis: number | undefined): Dims & { shape: number[] } {
  if (axis === undefined) return { outer: 1, n: x.size, inner: 1, shape: [] };
  const at = axis < 0 ? axis + x.shape.length : axis;
  if (!Number.isInteger(at) || at < 0 || at >= x.shape.length) {
    const expected = `an axis of [${x.shape.join(', ')}]`;
    throw argument(op, 'axis', expected, String(axis), 'ERR_RANGE');
  }
  const product = (sizes: readonly number[]): number => sizes.reduce((p, s) => p * s, 1);
  const shape = x.shape.filter((_, i) => i !== at);
  const [outer, inner] = [product(x.shape.slice(0, at)), product(x.shape.slice(at + 1))];
  return { outer, n: x.shape[at]!, inner, shape };
}

/** Spreads dy [outer, inner] over x [outer, n, inner], times `factor`. */
function spread(
  ops: AnyOps,
  { outer, n, inner }: Dims,
  dy: Tensor,
  factor: number,
  dx: Tensor,
): void {
  const dims = { d0: 1, d1: outer, d2: n, d3: inner, A: outer * inner, B: 1 };
  const a = { a_s0: 0, a_s1: inner, a_s2: 0, a_s3: 1 };
  const b = { b_s0: 0, b_s1: 0, b_s2: 0, b_s3: 0 };
  const by = full([1], factor, 'f32', dy);
  ops.binary({ a: dy.raw, b: by.raw, fn: 'mul', y: dx.raw, ...dims, ...a, ...b });
}

function reduce(fn: Reduction, x: Tensor, axis?: number): Tensor {
  expectTensor(fn, 'x', x, 'f32');
  const { shape, ...dims } = split(fn, x, axis);
  const ops = opsOf(fn, { x });
  const y = empty(shape, 'f32', x);
  const index = fn === 'max' ? empty(shape, 'i32', x) : null;
  ops.reduce({ x: x.raw, fn, y: y.raw, index: index?.raw, ...dims });
  const backward: Backward = ([dy], sink) => {
    const dx = sink.output(0);
    if (index) ops.place({ dy: dy!.raw, index: index.raw, dx: dx.raw, ...dims });
    else spread(ops, dims, dy!, fn === 'mean' ? 1 / dims.n : 1, dx);
  };
  record(fn, [x], [y], backward, index ? [index] : []);
  return y;
}

/** Sum over one axis, or over everything. */
export const sum = (x: Tensor, axis?: number): Tensor => reduce('sum', x, axis);
/** Mean over one axis, or over everything. */
export const mean = (x: Tensor, axis?: number): Tensor => reduce('mean', x, axis);
/** Maximum over one axis, or over everything; the gradient goes to the first of equal elements. */
export const max = (x: Tensor, axis?: number): Tensor => reduce('max', x, axis);
