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

/**
 * Refuses anything but an object with known names.
 * @throws ArgumentError `ERR_TYPE`, or `ERR_UNKNOWN_ARGUMENT` with the nearest legal name.
 */
export function checkNames(op: string, names: ReadonlySet<string>, given: object): void {
  if (typeof given !== 'object' || given === null) {
    const details = { op, parameter: '', expected: 'an object of named arguments' };
    throw new ArgumentError({ ...details, code: 'ERR_TYPE', received: String(given) });
  }
  for (const name in given) {
    if (names.has(name)) continue;
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
