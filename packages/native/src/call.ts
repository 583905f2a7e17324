import type { Binding, RawAsyncOp, RawOp } from './binding.js';
import { ArgumentError, DeviceError } from './errors.js';

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The legal name nearest to a misspelt one. */
export function nearest(name: string, names: Iterable<string>): string {
  let best = '';
  for (const candidate of names) {
    if (best === '' || distance(name, candidate) < distance(name, best)) best = candidate;
  }
  return best;
}

/** The name of an object's class: 'Tensor', 'Float32Array'; 'Object' for one without. */
function kindOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { constructor?: unknown } | null;
  const made = prototype?.constructor;
  return typeof made === 'function' && made.name !== '' ? made.name : 'Object';
}

/** What came in the place of `op({ first, second, ... })`, often the first of them alone. */
function refuseArguments(op: string, names: ReadonlySet<string>, received: string): never {
  const some = [...names].slice(0, 3).join(', ');
  const expected = `one object of named arguments, ${op}({ ${some}${names.size > 3 ? ', ...' : ''} })`;
  throw new ArgumentError({ code: 'ERR_TYPE', op, parameter: '', expected, received });
}

/**
 * Refuses anything but an object with known names.
 * @throws ArgumentError `ERR_TYPE`, or `ERR_UNKNOWN_ARGUMENT` with the nearest legal name.
 */
export function checkNames(op: string, names: ReadonlySet<string>, given: object): void {
  if (typeof given !== 'object' || given === null) refuseArguments(op, names, String(given));
  if (Array.isArray(given) || ArrayBuffer.isView(given)) refuseArguments(op, names, kindOf(given));
  for (const name in given) {
    if (names.has(name)) continue;
    if (kindOf(given) !== 'Object') refuseArguments(op, names, kindOf(given));
    throw new ArgumentError({
      code: 'ERR_UNKNOWN_ARGUMENT',
      op,
      parameter: name,
      expected: `a known argument (did you mean '${nearest(name, names)}'?)`,
      received: `'${name}'`,
    });
  }
}

/** A list as a plain array: native code then reads it without running any JavaScript. */
export function plainList(list: unknown): unknown {
  return Array.isArray(list) ? Array.from(list as unknown[]) : list;
}

function missing(op: string): () => never {
  return () => {
    throw new DeviceError('ERR_DEVICE_NO_KERNEL', `${op} has no kernel on this device`);
  };
}

export function rawOp(binding: Binding, name: string): RawOp {
  return binding.ops[name] ?? missing(name);
}

export function rawAsyncOp(binding: Binding, name: string): RawAsyncOp {
  return binding.opsAsync[name] ?? missing(name);
}
