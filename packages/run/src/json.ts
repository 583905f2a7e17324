import { ArgumentError } from './argument-error.js';

/** What JSON can hold. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const MAX_DEPTH = 100;

/**
 * JSON text that reads back as the same value, `-0` included. What JSON would silently lose
 * (functions, class instances, bigints) is refused by its path. Numbers that are not finite are
 * refused, or with `nonFinite: 'text'` become `"NaN"`, `"Infinity"`, `"-Infinity"`.
 * @throws ArgumentError naming the path inside the value
 */
export function encodeJson(value: unknown, path: string, nonFinite: 'refuse' | 'text'): string {
  const encode = (item: unknown, at: string, depth: number): string => {
    if (depth > MAX_DEPTH) throw new ArgumentError(path, `at most ${MAX_DEPTH} levels`, 'more');
    if (item === null || typeof item === 'boolean') return String(item);
    if (typeof item === 'string') return JSON.stringify(item);
    if (typeof item === 'number') return encodeNumber(item, at, nonFinite);
    if (Array.isArray(item)) {
      return `[${item.map((element, i) => encode(element, `${at}[${i}]`, depth + 1)).join(',')}]`;
    }
    if (!isPlainObject(item)) throw new ArgumentError(at, 'a JSON value', describe(item));
    const members = Object.entries(item)
      .filter(([, member]) => member !== undefined)
      .map(
        ([key, member]) => `${JSON.stringify(key)}:${encode(member, `${at}.${key}`, depth + 1)}`,
      );
    return `{${members.join(',')}}`;
  };
  return encode(value, path, 0);
}

function encodeNumber(value: number, path: string, nonFinite: 'refuse' | 'text'): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  if (nonFinite === 'text') return `"${value}"`;
  throw new ArgumentError(path, 'a finite number', String(value));
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  return typeof value === 'object' ? (value?.constructor?.name ?? 'an object') : typeof value;
}
