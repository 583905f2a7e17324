import { ArgumentError, DisposedError } from '@anacrusis/native';
import type { Shape } from './tensor.js';

/** An ArgumentError in one line. */
export function argument(
  op: string,
  parameter: string,
  expected: string,
  received: string,
  code = 'ERR_SHAPE',
): ArgumentError {
  return new ArgumentError({ code, op, parameter, expected, received });
}

/** The refusal of a tensor whose memory has been given back. */
export function disposed(op: string, parameter: string): DisposedError {
  return new DisposedError({
    code: 'ERR_DISPOSED',
    op,
    parameter,
    expected: 'a tensor that is alive',
    received: 'one that was disposed of',
  });
}

/** `[2, 3]`. */
export const shapeText = (shape: Shape): string => `[${shape.join(', ')}]`;

/** What came, for an error message. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const made = (Object.getPrototypeOf(value) as { constructor?: unknown } | null)?.constructor;
  return tag === 'Object' && typeof made === 'function' ? made.name : tag;
}

/** A number from `lo` to `hi`, not NaN. @throws ArgumentError `ERR_TYPE` or `ERR_RANGE` */
export function expectNumber(
  op: string,
  parameter: string,
  value: unknown,
  lo = -Infinity,
  hi = Infinity,
): asserts value is number {
  if (typeof value !== 'number') {
    throw argument(op, parameter, 'a number', kindOf(value), 'ERR_TYPE');
  }
  if (value >= lo && value <= hi) return;
  const range = lo === -Infinity ? 'a number' : `a number from ${lo} to ${hi}`;
  throw argument(op, parameter, range, String(value), 'ERR_RANGE');
}

/** Refuses a promise: what `op` set up for its body has ended when the promise goes on. */
export function expectSynchronous(op: string, result: unknown): void {
  if (typeof (result as PromiseLike<unknown> | null)?.then !== 'function') return;
  // The body goes on without us; its own failure must not end the process.
  Promise.resolve(result).catch(() => undefined);
  throw argument(op, 'body', 'a synchronous function', 'one that returns a promise', 'ERR_TYPE');
}

/** Throws unless `shape` is a list of sizes. */
export function expectShape(op: string, shape: unknown): asserts shape is Shape {
  const ok = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (ok && Number.isSafeInteger(shape.reduce((product, size) => product * size, 1))) return;
  const expected = 'a list of sizes >= 0 with a product below 2^53';
  throw argument(op, 'shape', expected, Array.isArray(shape) ? shapeText(shape) : kindOf(shape));
}
