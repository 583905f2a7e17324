import { readdirSync } from 'node:fs';
import type { Random } from './random.js';

/** Arguments of a raw op: typed arrays and plain values, outputs included. */
export type OpArgs = Record<string, unknown>;

/**
 * Expected outputs: numbers of the float64 reference, per output field (a list for a list). `±field` beside a field: how far
 * each element may be off on top of the tolerance, where that depends on the terms that make it up (bounds/).
 */
export type Expected = Record<string, ArrayLike<number> | ArrayLike<number>[]>;

/** |got - want| <= abs + rel * |want| + what the reference says of the element, with the reason for the bound. */
export interface Tolerance {
  abs: number;
  rel: number;
  because: string;
}

/** The cases of one op: legal calls, and what a float64 reference written from the paper says of them. */
export interface OpCases {
  op: string;
  /** Where the expected values come from: paper and equation, or identity. */
  source: string;
  /** A bound for every output, or one per output field. */
  tolerance: Tolerance | Record<string, Tolerance>;
  /** Calls to try: sizes 0, 1, odd, prime, around vector widths and block sizes, every option. */
  cases: { name: string; args: (random: Random) => OpArgs }[];
  /** Float64 throughout; reads the arguments, never the outputs. */
  reference: (args: OpArgs) => Expected;
}

/** Every file of `cases/` is one op; nothing lists them. */
export async function allOpCases(): Promise<OpCases[]> {
  const folder = new URL('./cases/', import.meta.url);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .sort();
  const modules = await Promise.all(
    files.map((file) => import(new URL(file, folder).href) as Promise<{ default: OpCases }>),
  );
  return modules.map((module) => module.default);
}
