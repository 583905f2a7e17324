import type { BinaryArgs, UnaryArgs } from '@anacrusis/native';
import { empty, full, tensor } from '../create.js';
import { opsOf, type AnyOps } from '../device.js';
import { expectNumber } from '../expect.js';
import { expectTensor } from '../expect-tensor.js';
import { broadcastShape, repeatedRuns, strided, type Run } from '../layout.js';
import { record } from '../tape.js';
import type { Tensor } from '../tensor.js';

type UnaryFunction = UnaryArgs['fn'];
type BinaryFunction = BinaryArgs['fn'];

function unary(fn: UnaryFunction, x: Tensor): Tensor {
  expectTensor(fn, 'x', x, 'f32');
  const ops = opsOf(fn, { x });
  const y = empty(x.shape, 'f32', x);
  const common = { n: x.size, x: x.raw, fn, y: y.raw };
  ops.unary(common);
  record(fn, [x], [y], ([dy], sink) => {
    ops.unary_backward({ dy: dy!.raw, dx: sink.output(0).raw, ...common });
  });
  return y;
}

/** -x. */
export const neg = (x: Tensor): Tensor => unary('neg', x);
/** |x|; its derivative at 0 is 0. */
export const abs = (x: Tensor): Tensor => unary('abs', x);
/** e^x. */
export const exp = (x: Tensor): Tensor => unary('exp', x);
/** Natural logarithm. */
export const log = (x: Tensor): Tensor => unary('log', x);
/** Square root. */
export const sqrt = (x: Tensor): Tensor => unary('sqrt', x);
/** x^2. */
export const square = (x: Tensor): Tensor => unary('square', x);
/** max(x, 0); its derivative at 0 is 0. */
export const relu = (x: Tensor): Tensor => unary('relu', x);
/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => unary('tanh', x);
/** 1 / (1 + e^-x). */
export const sigmoid = (x: Tensor): Tensor => unary('sigmoid', x);
/** x * sigmoid(x) (1702.03118). */
export const silu = (x: Tensor): Tensor => unary('silu', x);

function apply(ops: AnyOps, fn: BinaryFunction, a: Tensor, b: Tensor, y: Tensor): Tensor {
  const dims = { A: a.size, B: b.size, ...strided(fn, y.shape, a.shape, b.shape) };
  ops.binary({ a: a.raw, b: b.raw, fn, y: y.raw, ...dims });
  return y;
}

function negate(ops: AnyOps, x: Tensor, y: Tensor): Tensor {
  ops.unary({ n: x.size, x: x.raw, fn: 'neg', y: y.raw });
  return y;
}

/** Sums over the runs along which an argument was repeated, the first one first. */
function sumRuns(ops: AnyOps, x: Tensor, runs: readonly Run[], y: Tensor): void {
  let from = x;
  let outer = 1;
  runs.forEach(({ size: n, repeated }, i) => {
    const later = runs.slice(i + 1);
    const inner = later.reduce((product, { size }) => product * size, 1);
    if (repeated) {
      const to = later.some((run) => run.repeated) ? empty([outer, inner], 'f32', x) : y;
      ops.reduce({ outer, n, inner, x: from.raw, fn: 'sum', y: to.raw });
      from = to;
    } else outer *= n;
  });
}

/** Both operands as tensors: a number goes to the device of the other one. */
function operands(op: string, left: Tensor | number, right: Tensor | number): [Tensor, Tensor] {
  for (const [name, value] of [
    ['a', left],
    ['b', right],
  ] as const) {
    if (typeof value === 'object') expectTensor(op, name, value, 'f32');
    else expectNumber(op, name, value);
  }
  const device = [left, right].find((value) => typeof value === 'object')?.device;
  const operand = (value: Tensor | number): Tensor => {
    if (typeof value === 'object') return value;
    const onHost = device === undefined || device === 'cpu';
    return onHost ? tensor(Float32Array.of(value), []) : full([], value, 'f32', { device });
  };
  return [operand(left), operand(right)];
}

interface Terms {
  dy: Tensor;
  a: Tensor;
  b: Tensor;
  y: Tensor;
  ops: AnyOps;
}

/** Gradient of one argument for every element of y, in `out()` or in dy itself. */
type Partial = (terms: Terms, out: () => Tensor) => Tensor;
type Arithmetic = 'add' | 'sub' | 'mul' | 'div';

const partials: Record<Arithmetic, readonly [Partial, Partial]> = {
  add: [({ dy }) => dy, ({ dy }) => dy],
  sub: [({ dy }) => dy, ({ ops, dy }, out) => negate(ops, dy, out())],
  mul: [
    ({ ops, dy, b }, out) => apply(ops, 'mul', dy, b, out()),
    ({ ops, dy, a }, out) => apply(ops, 'mul', dy, a, out()),
  ],
  div: [
    ({ ops, dy, b }, out) => apply(ops, 'div', dy, b, out()),
    ({ ops, dy, b, y }, out) => {
      const d = apply(ops, 'mul', dy, y, out());
      return negate(ops, apply(ops, 'div', d, b, d), d);
    },
  ],
};

function binary(fn: Arithmetic, left: Tensor | number, right: Tensor | number): Tensor {
  const [a, b] = operands(fn, left, right);
  const ops = opsOf(fn, { a, b });
  const y = apply(ops, fn, a, b, empty(broadcastShape(fn, a.shape, b.shape), 'f32', a));
  const inputs = [a, b];
  record(fn, inputs, [y], ([dy], sink) => {
    const terms = { dy: dy!, a, b, y, ops };
    inputs.forEach((input, i) => {
      if (!sink.wants(i)) return;
      const runs = repeatedRuns(y.shape, input.shape);
      const out = (): Tensor => {
        if (runs) return empty(y.shape, 'f32', y);
        const d = sink.output(i);
        return d.shape.length === y.shape.length ? d : d.alias(y.shape);
      };
      const d = partials[fn][i]!(terms, out);
      if (runs) sumRuns(ops, d, runs, sink.output(i));
      else if (d === dy) sink.add(i, dy);
    });
  });
  return y;
}

/** a + b with broadcasting. */
export const add = (a: Tensor | number, b: Tensor | number): Tensor => binary('add', a, b);
/** a - b with broadcasting. */
export const sub = (a: Tensor | number, b: Tensor | number): Tensor => binary('sub', a, b);
/** a * b with broadcasting. */
export const mul = (a: Tensor | number, b: Tensor | number): Tensor => binary('mul', a, b);
/** a / b with broadcasting. */
export const div = (a: Tensor | number, b: Tensor | number): Tensor => binary('div', a, b);
