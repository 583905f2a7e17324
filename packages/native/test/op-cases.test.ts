// Every op case against its float64 reference: synchronous and asynchronous, on one and on two threads.
// ANACRUSIS_ISA chooses the build; instruction-sets.test.ts runs this file once for each.
import { cpu, cpuInfo, descriptions, setThreads, type FieldDescription } from '@anacrusis/native';
import {
  allOpCases,
  Random,
  type Expected,
  type OpArgs,
  type OpCases,
  type Tolerance,
} from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

const everyCase = await allOpCases();
const ops = cpu as unknown as Record<string, (args: OpArgs) => void | Promise<void>>;

function outputs(op: string): FieldDescription[] {
  return descriptions.find(({ name }) => name === op)!.fields.filter(({ role }) => role !== 'in');
}

function toleranceOf(cases: OpCases, field: string): Tolerance {
  const tolerance = cases.tolerance;
  return 'abs' in tolerance
    ? (tolerance as Tolerance)
    : (tolerance as Record<string, Tolerance>)[field]!;
}

function listed(value: unknown): Numbers[] {
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

function compare(cases: OpCases, args: OpArgs, expected: Expected): string[] {
  return outputs(cases.op).flatMap(({ name }) => {
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

function bits(op: string, args: OpArgs): string {
  return outputs(op)
    .flatMap(({ name }) => listed(args[name]))
    .map((array) =>
      Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64'),
    )
    .join('|');
}

describe(`op cases (${cpuInfo().isa})`, () => {
  it('has cases for every op', () => {
    const covered = new Set(everyCase.map(({ op }) => op));
    expect(descriptions.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
  });

  for (const cases of everyCase) {
    describe(cases.op, () => {
      cases.cases.forEach(({ name, args }, index) => {
        it(name, async () => {
          const make = (): OpArgs => args(new Random(index + 1));
          const expected = cases.reference(make());
          setThreads(1);
          const single = make();
          ops[cases.op]!(single);
          expect(compare(cases, single, expected)).toEqual([]);
          setThreads(2);
          const double = make();
          ops[cases.op]!(double);
          expect(
            bits(cases.op, double) === bits(cases.op, single),
            'same bits on two threads',
          ).toBe(true);
          const later = make();
          await ops[`${cases.op}_async`]!(later);
          expect(
            bits(cases.op, later) === bits(cases.op, single),
            'same bits when asynchronous',
          ).toBe(true);
        });
      });
    });
  }
});
