// Every op case against its float64 reference: synchronous and asynchronous, on one and on two threads.
// ANACRUSIS_ISA chooses the build; instruction-sets.test.ts runs this file once for each.
import { cpu, cpuInfo, descriptions, setThreads } from '@anacrusis/native';
import { allOpCases, compareOutputs, outputBits, Random, type OpArgs } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const everyCase = await allOpCases();
const ops = cpu as unknown as Record<string, (args: OpArgs) => void | Promise<void>>;

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
          expect(compareOutputs(cases, single, expected)).toEqual([]);
          const bits = outputBits(cases.op, single);
          setThreads(2);
          const double = make();
          ops[cases.op]!(double);
          expect(outputBits(cases.op, double) === bits, 'same bits on two threads').toBe(true);
          const later = make();
          await ops[`${cases.op}_async`]!(later);
          expect(outputBits(cases.op, later) === bits, 'same bits when asynchronous').toBe(true);
        });
      });
    });
  }
});
