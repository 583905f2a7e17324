// Index and flag arrays on a device whose elements nobody checks: whatever they hold, no kernel may touch
// memory outside of its arrays (the emulator's guard pages and canaries tell), and a legal call afterwards gives
// what the float64 reference says. From the descriptions: every op with such an array.
import { descriptions, device, setDeviceChecks } from '@anacrusis/native';
import {
  allOpCases,
  compareOutputs,
  Random,
  runOnDevice,
  useEmulator,
  type OpArgs,
  type OpCases,
} from '@anacrusis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const simt = useEmulator();
const cuda = device('cuda:0');
const wild = [-1, 2 ** 31 - 1, 0, -(2 ** 31), 1, 2 ** 20, 255, -(2 ** 20)];

function unchecked(op: string): string[] {
  const { onCuda, fields } = descriptions.find(({ name }) => name === op)!;
  if (!onCuda) return [];
  return fields
    .filter(
      ({ kind, role, dtype, onHost }) =>
        kind === 'array' && role === 'in' && !onHost && (dtype === 'i32' || dtype === 'u8'),
    ) // prettier-ignore
    .map(({ name }) => name);
}

/** Elements of the arrays of a call. */
function size(args: OpArgs): number {
  return Object.values(args).reduce<number>(
    (sum, value) => sum + (ArrayBuffer.isView(value) ? (value as Uint8Array).length : 0),
    0,
  );
}

/** The smallest and the largest legal call of those that are not empty and not too large. */
function someCases({ cases }: OpCases, names: string[]): ((random: Random) => OpArgs)[] {
  const usable = cases
    .map(({ args }) => ({ args, made: args(new Random(2)) }))
    .filter(({ made }) =>
      names.every((name) => made[name] == null || (made[name] as Int32Array).length > 0),
    )
    .map(({ args, made }) => ({ args, elements: size(made) }))
    .filter(({ elements }) => elements < 30_000)
    .sort((x, y) => x.elements - y.elements);
  return [usable.at(0), usable.at(-1)].flatMap((found) => (found ? [found.args] : []));
}

const everyCase = (await allOpCases()).filter(({ op }) => unchecked(op).length > 0);

describe('kernels guard their memory', () => {
  beforeAll(() => setDeviceChecks(false));
  afterAll(() => setDeviceChecks(true));

  for (const cases of everyCase) {
    const names = unchecked(cases.op);
    it(`${cases.op}: ${names.join(', ')}`, () => {
      const some = someCases(cases, names);
      expect(some.length).toBeGreaterThan(0);
      for (const args of some) {
        for (const flush of ['left', 'right']) {
          simt.configure(`flush=${flush}`);
          names.forEach((name, shift) => {
            const called = args(new Random(2));
            const array = called[name] as Int32Array | undefined;
            array?.forEach((_, i) => (array[i] = wild[(i + shift) % wild.length]!));
            runOnDevice(cuda, cases.op, called);
          });
        }
        const legal = args(new Random(2));
        runOnDevice(cuda, cases.op, legal);
        expect(compareOutputs(cases, legal, cases.reference(args(new Random(2))))).toEqual([]);
      }
    });
  }
});
