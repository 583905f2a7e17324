import { argument, shapeText } from './expect.js';
import { sizeOf, type Shape } from './tensor.js';

const MAX_DIMS = 4;

/** NumPy's rule: sizes are equal or 1, aligned at the last. */
export function broadcastShape(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const sa = a[a.length - rank + i] ?? 1;
    const sb = b[b.length - rank + i] ?? 1;
    if (sa !== sb && sa !== 1 && sb !== 1) {
      const expected = `a shape that broadcasts with ${shapeText(a)}`;
      throw argument(op, 'b', expected, shapeText(b));
    }
    return sa === 1 ? sb : sa;
  });
}

/** Sizes of the result and strides of both inputs, neighbouring axes that behave alike merged. */
interface Layout {
  sizes: number[];
  a: number[];
  b: number[];
}

function merge(result: Shape, a: Shape, b: Shape): Layout {
  const merged: Layout = { sizes: [], a: [], b: [] };
  let strideA = 1;
  let strideB = 1;
  for (let i = result.length - 1; i >= 0; i--) {
    const sa = a[a.length - result.length + i] ?? 1;
    const sb = b[b.length - result.length + i] ?? 1;
    const [ta, tb] = [sa === 1 ? 0 : strideA, sb === 1 ? 0 : strideB];
    const continues =
      merged.sizes.length > 0 &&
      ta === merged.a[0]! * merged.sizes[0]! &&
      tb === merged.b[0]! * merged.sizes[0]!;
    if (result[i] !== 1 && continues) merged.sizes[0]! *= result[i]!;
    else if (result[i] !== 1) {
      merged.sizes.unshift(result[i]!);
      merged.a.unshift(ta);
      merged.b.unshift(tb);
    }
    strideA *= sa;
    strideB *= sb;
  }
  return merged;
}

const padded = (list: number[], filler: number): [number, number, number, number] =>
  [...Array<number>(MAX_DIMS - list.length).fill(filler), ...list] as never;

/** The sizes and strides that the raw op `binary` takes. */
export type Strided = Record<`d${0 | 1 | 2 | 3}` | `${'a' | 'b'}_s${0 | 1 | 2 | 3}`, number>;

/** One axis of n elements: stride 1 in an argument of that size, 0 in one of a single element. */
export function flat(n: number, a: 0 | 1, b: 0 | 1): Strided {
  const sizes = { d0: 1, d1: 1, d2: 1, d3: n };
  return { a_s0: 0, a_s1: 0, a_s2: 0, a_s3: a, b_s0: 0, b_s1: 0, b_s2: 0, b_s3: b, ...sizes };
}

const same = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** How `a` and `b` are read for a result of shape `result`. */
export function strided(op: string, result: Shape, a: Shape, b: Shape): Strided {
  if (same(a, result) && (b.length === 0 || same(b, result))) {
    return flat(sizeOf(result), 1, b.length === 0 ? 0 : 1);
  }
  const { sizes, a: strideA, b: strideB } = merge(result, a, b);
  if (sizes.length > MAX_DIMS) {
    throw argument(op, 'b', `at most ${MAX_DIMS} axes that broadcast differently`, 'more');
  }
  const [d0, d1, d2, d3] = padded(sizes, 1);
  const [a_s0, a_s1, a_s2, a_s3] = padded(strideA, 0);
  const [b_s0, b_s1, b_s2, b_s3] = padded(strideB, 0);
  return { d0, d1, d2, d3, a_s0, a_s1, a_s2, a_s3, b_s0, b_s1, b_s2, b_s3 };
}

/** Neighbouring axes of the result along which an argument is repeated, or is not. */
export interface Run {
  size: number;
  repeated: boolean;
}

/** The axes of `result` as runs for an argument of shape `shape`; null when nothing is repeated. */
export function repeatedRuns(result: Shape, shape: Shape): Run[] | null {
  const lead = result.length - shape.length;
  const runs: Run[] = [];
  result.forEach((size, axis) => {
    const repeated = (shape[axis - lead] ?? 1) !== size;
    const last = runs[runs.length - 1];
    if (last?.repeated === repeated) last.size *= size;
    else runs.push({ size, repeated });
  });
  return runs.some(({ repeated }) => repeated) ? runs : null;
}
