import type { Float64Elements } from '@anacrusis/testing';

/** The operations in float64 and in the plainest way: index arithmetic from the definitions. */

const product = (sizes: readonly number[]): number => sizes.reduce((p, s) => p * s, 1);

export function elements(shape: readonly number[], value: (i: number) => number): Float64Elements {
  return { shape, data: Float64Array.from({ length: product(shape) }, (_, i) => value(i)) };
}

export const map = (f: (x: number) => number, x: Float64Elements): Float64Elements =>
  elements(x.shape, (i) => f(x.data[i]!));

/** Element `i` of a result of shape `result`, as an index into an array of shape `shape`. */
function indexIn(shape: readonly number[], result: readonly number[], i: number): number {
  let index = 0;
  let stride = 1;
  let rest = i;
  for (let axis = result.length - 1; axis >= 0; axis--) {
    const at = rest % result[axis]!;
    rest = Math.floor(rest / result[axis]!);
    const size = shape[axis - result.length + shape.length];
    if (size === undefined) continue;
    if (size !== 1) index += at * stride;
    stride *= size;
  }
  return index;
}

export function zip(
  f: (a: number, b: number) => number,
  a: Float64Elements,
  b: Float64Elements,
): Float64Elements {
  const rank = Math.max(a.shape.length, b.shape.length);
  const shape = Array.from({ length: rank }, (_, i) => {
    const sizes = [a, b].map((x) => x.shape[i - rank + x.shape.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
  return elements(shape, (i) =>
    f(a.data[indexIn(a.shape, shape, i)]!, b.data[indexIn(b.shape, shape, i)]!),
  );
}

export const number = (x: number): Float64Elements => elements([], () => x);
export const add = (a: Float64Elements, b: Float64Elements): Float64Elements =>
  zip((x, y) => x + y, a, b);
export const mul = (a: Float64Elements, b: Float64Elements): Float64Elements =>
  zip((x, y) => x * y, a, b);

/** The last two axes exchanged. */
export function transpose(x: Float64Elements): Float64Elements {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return elements([...x.shape.slice(0, -2), columns, rows], (i) => {
    const [r, c] = [i % rows, Math.floor(i / rows) % columns];
    return x.data[i - (i % (rows * columns)) + r * columns + c]!;
  });
}

/** [..., M, K] x [..., K, N] or x [K, N]. */
export function matmul(a: Float64Elements, b: Float64Elements): Float64Elements {
  const [M, K] = a.shape.slice(-2) as [number, number];
  const N = b.shape[b.shape.length - 1]!;
  return elements([...a.shape.slice(0, -1), N], (i) => {
    const [n, m, batch] = [i % N, Math.floor(i / N) % M, Math.floor(i / (M * N))];
    const firstOfB = b.shape.length === 2 ? 0 : batch * K * N;
    let sum = 0;
    for (let k = 0; k < K; k++) {
      sum += a.data[(batch * M + m) * K + k]! * b.data[firstOfB + k * N + n]!;
    }
    return sum;
  });
}

/** Calls f with every row of the last axis; it returns the new row. */
export function rows(
  f: (row: number[], index: number) => number[],
  x: Float64Elements,
): Float64Elements {
  const width = x.shape[x.shape.length - 1]!;
  const list = Array.from({ length: x.data.length / width }, (_, r) =>
    f([...x.data.subarray(r * width, (r + 1) * width)], r),
  );
  const data = Float64Array.from(list.flat());
  return { data, shape: [...x.shape.slice(0, -1), list[0]?.length ?? width] };
}

export function softmaxOf(row: number[]): number[] {
  const most = Math.max(...row);
  const powers = row.map((x) => Math.exp(x - most));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / total);
}

export const silu = (x: number): number => x / (1 + Math.exp(-x));

export function reduce(
  f: (values: number[]) => number,
  x: Float64Elements,
  axis?: number,
): Float64Elements {
  if (axis === undefined) return number(f([...x.data]));
  const [n, inner] = [x.shape[axis]!, product(x.shape.slice(axis + 1))];
  return elements(x.shape.toSpliced(axis, 1), (i) => {
    const first = Math.floor(i / inner) * n * inner + (i % inner);
    return f(Array.from({ length: n }, (_, j) => x.data[first + j * inner]!));
  });
}

export const total = (values: number[]): number => values.reduce((a, b) => a + b, 0);

export type Elements = Float64Elements;
