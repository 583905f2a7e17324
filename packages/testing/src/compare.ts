// Outputs of an op against its float64 reference, for every back end alike.
import { descriptions, type FieldDescription } from '@anacrusis/native';
import type { Expected, OpArgs, OpCases, Tolerance } from './op-cases.js';

export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array | Uint16Array;

/** The fields of an op, as its description has them. */
export function fieldsOf(op: string): FieldDescription[] {
  return descriptions.find(({ name }) => name === op)!.fields;
}

function outputsOf(op: string): FieldDescription[] {
  return fieldsOf(op).filter(({ role }) => role !== 'in');
}

function toleranceOf(cases: OpCases, field: string): Tolerance {
  const tolerance = cases.tolerance;
  return 'abs' in tolerance
    ? (tolerance as Tolerance)
    : (tolerance as Record<string, Tolerance>)[field]!;
}

/** The arrays of an argument: none when it was left out, several for a list. */
export function listed(value: unknown): Numbers[] {
  return value == null ? [] : Array.isArray(value) ? (value as Numbers[]) : [value as Numbers];
}

function worst(got: Numbers, want: ArrayLike<number>, { abs, rel }: Tolerance): string | null {
  if (got.length !== want.length) return `length ${got.length}, expected ${want.length}`;
  for (let i = 0; i < got.length; i++) {
    const g = got[i]!;
    const w = want[i]!;
    if (Object.is(g, w) || g === w) continue;
    if (!(Math.abs(g - w) <= abs + rel * Math.abs(w))) return `[${i}]: got ${g}, expected ${w}`;
  }
  return null;
}

/** What is wrong with the outputs in `args`, one line per array; empty when all are within tolerance. */
export function compareOutputs(cases: OpCases, args: OpArgs, expected: Expected): string[] {
  return outputsOf(cases.op).flatMap(({ name }) => {
    if (args[name] == null) return [];
    const want = expected[name];
    if (want === undefined) return [`${name}: the reference gives no value`];
    const wants = Array.isArray(args[name])
      ? (want as ArrayLike<number>[])
      : [want as ArrayLike<number>];
    return listed(args[name]).flatMap((got, i) => {
      const problem = worst(got, wants[i]!, toleranceOf(cases, name));
      return problem ? [`${name}${wants.length > 1 ? `[${i}]` : ''}${problem}`] : [];
    });
  });
}

/** The bits of all outputs as text: for equality of two runs. */
export function outputBits(op: string, args: OpArgs): string {
  return outputsOf(op)
    .flatMap(({ name }) => listed(args[name]))
    .map((array) =>
      Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64'),
    )
    .join('|');
}
