import { empty } from '../create.js';
import { opsOf, type AnyOps } from '../device.js';
import { argument, shapeText } from '../expect.js';
import { expectTensor } from '../expect-tensor.js';
import { record } from '../tape.js';
import type { Tensor } from '../tensor.js';

export interface MatmulOptions {
  /** Use the transpose of the last two axes of a. */
  transposeA?: boolean;
  /** Use the transpose of the last two axes of b. */
  transposeB?: boolean;
  /** [N], added to every row. */
  bias?: Tensor;
}

interface Sizes {
  batch: number;
  batch_b: number;
  M: number;
  N: number;
  K: number;
}

function sizesOf(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Sizes {
  const rank = a.shape.length;
  if (rank < 2) throw argument('matmul', 'a', 'at least two axes', shapeText(a.shape));
  if (b.shape.length < 2) throw argument('matmul', 'b', 'at least two axes', shapeText(b.shape));
  const [M, K] = transposeA
    ? [a.shape[rank - 1]!, a.shape[rank - 2]!]
    : [a.shape[rank - 2]!, a.shape[rank - 1]!];
  const [p, q] = b.shape.slice(-2) as [number, number];
  const [KB, N] = transposeB ? [q, p] : [p, q];
  if (K !== KB)
    throw argument(
      'matmul',
      'b',
      `an inner size of ${K} (a is ${shapeText(a.shape)})`,
      shapeText(b.shape),
    );
  const lead = a.shape.slice(0, -2);
  const batch = lead.reduce((product, size) => product * size, 1);
  if (b.shape.length === 2) return { batch, batch_b: 1, M, N, K };
  if (b.shape.length !== rank || lead.some((size, i) => size !== b.shape[i])) {
    throw argument(
      'matmul',
      'b',
      `two axes, or the leading axes of a ${shapeText(a.shape)}`,
      shapeText(b.shape),
    );
  }
  return { batch, batch_b: batch, M, N, K };
}

/** One [batch * M, K] x [K, N] product where b is shared and a is not transposed: no small batches. */
function flattened(sizes: Sizes, transposeA: boolean): Sizes {
  if (sizes.batch_b !== 1 || transposeA) return sizes;
  return { ...sizes, batch: 1, M: sizes.batch * sizes.M };
}

/**
 * Matrix product over the last two axes: [..., M, K] x [..., K, N] -> [..., M, N]. `b` has the leading
 * axes of `a` or just two axes. With transposes the named input is [..., K, M] or [..., N, K].
 * @throws ArgumentError when the sizes do not fit.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, bias } = options;
  expectTensor('matmul', 'a', a, 'f32');
  expectTensor('matmul', 'b', b, 'f32');
  const given = sizesOf(a, b, transposeA, transposeB);
  if (bias) expectTensor('matmul', 'bias', bias, 'f32', [given.N]);
  const sizes = flattened(given, transposeA);
  const ops = opsOf('matmul', { a, b, bias });
  const y = empty([...a.shape.slice(0, -2), given.M, given.N], 'f32', a);
  ops.matmul({
    a: a.raw,
    b: b.raw,
    transpose_a: transposeA,
    transpose_b: transposeB,
    accumulate: false,
    bias: bias?.raw,
    c: y.raw,
    ...sizes,
  });
  const inputs = bias ? [a, b, bias] : [a, b];
  const product = { ops, sizes, transposeA, transposeB };
  record('matmul', inputs, [y], ([dy], sink) => {
    if (sink.wants(0)) gradientOfA(product, dy!, b, sink.accumulator(0));
    if (sink.wants(1)) gradientOfB(product, dy!, a, sink.accumulator(1));
    if (!bias || !sink.wants(2)) return;
    const rows = { outer: 1, n: sizes.batch * sizes.M, inner: sizes.N };
    ops.reduce({ x: dy!.raw, fn: 'sum', y: sink.output(2).raw, ...rows });
  });
  return y;
}

interface Product {
  ops: AnyOps;
  sizes: Sizes;
  transposeA: boolean;
  transposeB: boolean;
}

interface Target {
  d: Tensor;
  add: boolean;
}

/** Matrix i of a batch. */
function matrix(all: Tensor, batch: number, i: number): Tensor {
  const size = all.size / batch;
  return all.alias([size], i * size);
}

/** Whether all matrices of a meet one matrix in b: only with transposeA, else they are one tall a. */
const shares = ({ batch, batch_b }: Sizes): boolean => batch !== batch_b;

/** dA = dY op(B)^T, or its transpose. */
function gradientOfA(product: Product, dy: Tensor, b: Tensor, { d, add }: Target): void {
  const { ops, sizes, transposeA, transposeB } = product;
  const { batch, batch_b, M, N, K } = sizes;
  if (shares(sizes)) {
    const one = { ...product, sizes: { ...sizes, batch: 1 } };
    for (let i = 0; i < batch; i++) {
      gradientOfA(one, matrix(dy, batch, i), b, { d: matrix(d, batch, i), add });
    }
  } else if (transposeA) {
    const factors = { a: b.raw, b: dy.raw, transpose_a: transposeB, transpose_b: true };
    ops.matmul({ batch, batch_b, M: K, N: M, K: N, ...factors, accumulate: add, c: d.raw });
  } else {
    const factors = { a: dy.raw, b: b.raw, transpose_a: false, transpose_b: !transposeB };
    ops.matmul({ batch, batch_b, M, N: K, K: N, ...factors, accumulate: add, c: d.raw });
  }
}

/** dB = op(A)^T dY, or its transpose; summed over the batch when b is shared. */
function gradientOfB(product: Product, dy: Tensor, a: Tensor, { d, add }: Target): void {
  const { ops, sizes, transposeA, transposeB } = product;
  const { batch, batch_b, M, N, K } = sizes;
  if (shares(sizes)) {
    const one = { ...product, sizes: { ...sizes, batch: 1 } };
    if (!add) d.fill(0);
    for (let i = 0; i < batch; i++) {
      gradientOfB(one, matrix(dy, batch, i), matrix(a, batch, i), { d, add: true });
    }
  } else if (transposeB) {
    const factors = { a: dy.raw, b: a.raw, transpose_a: true, transpose_b: transposeA };
    ops.matmul({ batch, batch_b, M: N, N: K, K: M, ...factors, accumulate: add, c: d.raw });
  } else {
    const factors = { a: a.raw, b: dy.raw, transpose_a: !transposeA, transpose_b: false };
    ops.matmul({ batch, batch_b, M: K, N, K: M, ...factors, accumulate: add, c: d.raw });
  }
}

/** y = x W^T + bias: x [..., K], weight [N, K] as Hugging Face stores it, bias [N] -> [..., N]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  return matmul(x, weight, bias ? { transposeB: true, bias } : { transposeB: true });
}
