// Outputs of an op against its float64 reference, for every back end alike.
import { descriptions, type FieldDescription } from '@anacrusis/native';
import { decoded, unitInLastPlace, type FloatType } from './floats.js';
import type { Expected, OpArgs, OpCases, Tolerance } from './op-cases.js';

export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array | Uint16Array;

/** The fields of an op, as its description has them. */
export function fieldsOf(op: string): FieldDescription[] {
  return descriptions.find(({ name }) => name === op)!.fields;
}

/** Whether the op has a CUDA kernel. */
export function hasKernel(op: string): boolean {
  return descriptions.find(({ name }) => name === op)!.onCuda;
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

/**
 * The bits of a 16-bit float where the reference gives numbers (a Float64Array): within a unit in the last place on top
 * of the tolerance.
 */
function worst(
  bits: Numbers,
  want: ArrayLike<number>,
  { abs, rel }: Tolerance,
  dtype: FloatType,
): string | null {
  if (bits.length !== want.length) return `length ${bits.length}, expected ${want.length}`;
  const half = bits instanceof Uint16Array && want instanceof Float64Array && dtype !== 'f32';
  const got = half ? decoded(bits, dtype) : bits;
  for (let i = 0; i < got.length; i++) {
    const g = got[i]!;
    const w = want[i]!;
    if (Object.is(g, w) || g === w) continue;
    const unit = half ? unitInLastPlace(w, dtype) : 0;
    if (!(Math.abs(g - w) <= abs + rel * Math.abs(w) + unit))
      return `[${i}]: got ${g}, expected ${w}`;
  }
  return null;
}

/** What is wrong with the outputs in `args`, one line per array; empty when all are within tolerance. */
export function compareOutputs(cases: OpCases, args: OpArgs, expected: Expected): string[] {
  return outputsOf(cases.op).flatMap(({ name, dtypeFrom }) => {
    if (args[name] == null) return [];
    const dtype = (args[dtypeFrom] ?? 'f32') as FloatType;
    const want = expected[name];
    if (want === undefined) return [`${name}: the reference gives no value`];
    const wants = Array.isArray(args[name])
      ? (want as ArrayLike<number>[])
      : [want as ArrayLike<number>];
    return listed(args[name]).flatMap((got, i) => {
      const problem = worst(got, wants[i]!, toleranceOf(cases, name), dtype);
      return problem ? [`${name}${wants.length > 1 ? `[${i}]` : ''}${problem}`] : [];
    });
  });
}

/** What the arrays of an output may be: |element - want| <= bound, of the numbers that bits stand for where `decoded`. */
export function outputBounds(
  cases: OpCases,
  field: string,
  args: OpArgs,
  expected: Expected,
): { want: ArrayLike<number>; bound: Float64Array; decoded: boolean }[] {
  const { abs, rel } = toleranceOf(cases, field);
  const { dtypeFrom } = fieldsOf(cases.op).find(({ name }) => name === field)!;
  const dtype = (args[dtypeFrom] ?? 'f32') as FloatType;
  return listed(args[field]).map((array, i) => {
    const wants = expected[field] as ArrayLike<number> | ArrayLike<number>[];
    const want = Array.isArray(args[field])
      ? (wants as ArrayLike<number>[])[i]!
      : (wants as ArrayLike<number>);
    const half = array instanceof Uint16Array && want instanceof Float64Array && dtype !== 'f32';
    const bound = Float64Array.from(
      want,
      (w) => abs + rel * Math.abs(w) + (half ? unitInLastPlace(w, dtype) : 0),
    );
    return { want, bound, decoded: half };
  });
}

/** The bits of all outputs as text: for equality of two runs. */
export function outputBits(op: string, args: OpArgs): string {
  return outputsOf(op)
    .flatMap(({ name }) => listed(args[name]))
    .filter((array) => ArrayBuffer.isView(array) && array.byteLength > 0)
    .map((array) =>
      Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64'),
    )
    .join('|');
}
