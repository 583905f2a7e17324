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

/** An output array beside its reference. */
interface Judged {
  array: Numbers;
  want: ArrayLike<number>;
  bound: Float64Array;
  /** The reference gives numbers (a Float64Array), the array the bits of 16-bit floats. */
  decoded: boolean;
}

/** What may be off: the tolerance, what the reference says of each element, and a unit in the last place of 16-bit floats. */
function judged(cases: OpCases, field: string, args: OpArgs, expected: Expected): Judged[] {
  const { abs, rel } = toleranceOf(cases, field);
  const dtype = dtypeOf(cases.op, field, args);
  const isList = Array.isArray(args[field]);
  const nth = (value: Expected[string] | undefined, i: number): ArrayLike<number> | undefined =>
    isList ? (value as ArrayLike<number>[] | undefined)?.[i] : (value as ArrayLike<number>);
  return listed(args[field]).map((array, i) => {
    const want = nth(expected[field], i)!;
    const off = nth(expected[`±${field}`], i);
    const half = array instanceof Uint16Array && want instanceof Float64Array && dtype !== 'f32';
    const bound = Float64Array.from(
      want,
      (w, k) => abs + rel * Math.abs(w) + (off?.[k] ?? 0) + (half ? unitInLastPlace(w, dtype) : 0),
    );
    return { array, want, bound, decoded: half };
  });
}

function dtypeOf(op: string, field: string, args: OpArgs): FloatType {
  const { dtypeFrom } = fieldsOf(op).find(({ name }) => name === field)!;
  return (args[dtypeFrom] ?? 'f32') as FloatType;
}

function worst({ array, want, bound, decoded: half }: Judged, dtype: FloatType): string | null {
  if (array.length !== want.length) return `length ${array.length}, expected ${want.length}`;
  const got = half ? decoded(array, dtype) : array;
  for (let i = 0; i < got.length; i++) {
    const g = got[i]!;
    const w = want[i]!;
    if (Object.is(g, w) || g === w) continue;
    if (!(Math.abs(g - w) <= bound[i]!))
      return `[${i}]: got ${g}, expected ${w} within ${bound[i]!.toPrecision(2)}`;
  }
  return null;
}

/** What is wrong with the outputs in `args`, one line per array; empty when all are within tolerance. */
export function compareOutputs(cases: OpCases, args: OpArgs, expected: Expected): string[] {
  return outputsOf(cases.op).flatMap(({ name }) => {
    if (args[name] == null) return [];
    if (expected[name] === undefined) return [`${name}: the reference gives no value`];
    const several = Array.isArray(args[name]);
    return judged(cases, name, args, expected).flatMap((one, i) => {
      const problem = worst(one, dtypeOf(cases.op, name, args));
      return problem ? [`${name}${several ? `[${i}]` : ''}${problem}`] : [];
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
  return judged(cases, field, args, expected);
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
