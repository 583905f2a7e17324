import { cpu, type BinaryArgs, type UnaryArgs } from '@anacrusis/native';
import { empty, tensor } from '../create.js';
import { expectNumber } from '../expect.js';
import { expectTensor } from '../expect-tensor.js';
import { broadcastShape, repeatedRuns, strided, type Run } from '../layout.js';
import { record } from '../tape.js';
import type { Shape, Tensor } from '../tensor.js';

type UnaryFunction = UnaryArgs['fn'];
type BinaryFunction = BinaryArgs['fn'];

function unary(fn: UnaryFunction, x: Tensor): Tensor {
  expectTensor(fn, 'x', x, 'f32');
  const y = empty(x.shape);
  const n = x.size;
  cpu.unary({ n, x: x.f32, fn, y: y.f32 });
  record(fn, [x], [y], ([dy], sink) => {
    cpu.unary_backward({ n, x: x.f32, y: y.f32, dy: dy!, fn, dx: sink.output(0) });
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

/** A tensor, or memory that is read or written like one. */
interface Elements {
  f32: Float32Array;
  shape: Shape;
}

function apply(fn: BinaryFunction, a: Elements, b: Elements, y: Elements): Elements {
  const dims = { A: a.f32.length, B: b.f32.length, ...strided(fn, y.shape, a.shape, b.shape) };
  cpu.binary({ a: a.f32, b: b.f32, fn, y: y.f32, ...dims });
  return y;
}

function negate(x: Elements, y: Elements): Elements {
  cpu.unary({ n: x.f32.length, x: x.f32, fn: 'neg', y: y.f32 });
  return y;
}

/** Sums over the runs along which an argument was repeated, the first one first. */
function sumRuns(x: Float32Array, runs: readonly Run[], y: Float32Array): void {
  let from = x;
  let outer = 1;
  runs.forEach(({ size: n, repeated }, i) => {
    const later = runs.slice(i + 1);
    const inner = later.reduce((product, { size }) => product * size, 1);
    if (repeated) {
      const to = later.some((run) => run.repeated) ? empty([outer, inner]).f32 : y;
      cpu.reduce({ outer, n, inner, x: from, fn: 'sum', y: to });
      from = to;
    } else outer *= n;
  });
}

/** One number as a tensor that broadcasts with everything. */
function operand(op: string, name: string, value: Tensor | number): Tensor {
  if (typeof value === 'object') {
    expectTensor(op, name, value, 'f32');
    return value;
  }
  expectNumber(op, name, value);
  return tensor(Float32Array.of(value), []);
}

interface Terms {
  dy: Elements;
  a: Elements;
  b: Elements;
  y: Elements;
}

/** Gradient of one argument for every element of y, in `out()` or in dy itself. */
type Partial = (terms: Terms, out: () => Elements) => Elements;
type Arithmetic = 'add' | 'sub' | 'mul' | 'div';

const partials: Record<Arithmetic, readonly [Partial, Partial]> = {
  add: [({ dy }) => dy, ({ dy }) => dy],
  sub: [({ dy }) => dy, ({ dy }, out) => negate(dy, out())],
  mul: [
    ({ dy, b }, out) => apply('mul', dy, b, out()),
    ({ dy, a }, out) => apply('mul', dy, a, out()),
  ],
  div: [
    ({ dy, b }, out) => apply('div', dy, b, out()),
    ({ dy, b, y }, out) => {
      const d = apply('mul', dy, y, out());
      return negate(apply('div', d, b, d), d);
    },
  ],
};

function binary(fn: Arithmetic, left: Tensor | number, right: Tensor | number): Tensor {
  const a = operand(fn, 'a', left);
  const b = operand(fn, 'b', right);
  const y = empty(broadcastShape(fn, a.shape, b.shape));
  apply(fn, a, b, y);
  const inputs = [a, b];
  record(fn, inputs, [y], ([dy], sink) => {
    const terms = { dy: { f32: dy!, shape: y.shape }, a, b, y };
    inputs.forEach((input, i) => {
      if (!sink.wants(i)) return;
      const runs = repeatedRuns(y.shape, input.shape);
      const out = (): Elements => (runs ? empty(y.shape) : { ...terms.dy, f32: sink.output(i) });
      const { f32 } = partials[fn][i]!(terms, out);
      if (runs) sumRuns(f32, runs, sink.output(i));
      else if (f32 === dy) sink.add(i, dy);
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
