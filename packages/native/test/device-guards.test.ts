// Index and flag arrays on a device whose elements nobody checks: whatever they hold, no kernel may touch
// memory outside of its arrays (the emulator's guard pages and canaries tell), and a legal call afterwards gives
// what the float64 reference says. From the descriptions: every op with such an array.
import { device, setDeviceChecks } from '@anacrusis/native';
import {
  allOpCases,
  callsToSpoil,
  compareOutputs,
  runOnDevice,
  uncheckedArrays,
  useEmulator,
  wildCalls,
} from '@anacrusis/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const simt = useEmulator();
const cuda = device('cuda:0');
const everyCase = (await allOpCases()).filter(({ op }) => uncheckedArrays(op).length > 0);

describe('kernels guard their memory', () => {
  beforeAll(() => setDeviceChecks(false));
  afterAll(() => setDeviceChecks(true));

  for (const cases of everyCase) {
    it(`${cases.op}: ${uncheckedArrays(cases.op).join(', ')}`, () => {
      const some = callsToSpoil(cases);
      expect(some.length).toBeGreaterThan(0);
      for (const make of some) {
        for (const flush of ['left', 'right']) {
          simt.configure(`flush=${flush}`);
          for (const called of wildCalls(cases.op, make)) runOnDevice(cuda, cases.op, called);
        }
        const legal = make();
        runOnDevice(cuda, cases.op, legal);
        expect(compareOutputs(cases, legal, cases.reference(make()))).toEqual([]);
      }
    });
  }
});
