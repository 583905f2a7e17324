// Every op case on the SIMT emulator: the CUDA kernels, compiled for the CPU, against the same float64
// reference and with the same tolerance as the CPU ops. Three schedules must give the same bits: the order
// of threads and blocks, the number of resident blocks and that of multiprocessors do not show in results.
import { descriptions, device } from '@anacrusis/native';
import {
  allOpCases,
  compareOutputs,
  outputBits,
  Random,
  runOnDevice,
  schedules,
  useEmulator,
  type OpArgs,
} from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const simt = useEmulator();
const cuda = device('cuda:0');
const seed = Number(process.env['ANACRUSIS_SIMT_SEED'] ?? Date.now() % 1_000_000);
const without = descriptions.filter(({ onCuda }) => !onCuda).map(({ name }) => name);
const everyCase = (await allOpCases()).filter(({ op }) => !without.includes(op));

console.log(
  `emulated ops: ${everyCase.length} with a kernel, ${without.length} without` +
    `${without.length > 0 ? ` (${without.join(', ')})` : ''}; ANACRUSIS_SIMT_SEED=${seed}`,
);

describe('op cases on the SIMT emulator', () => {
  for (const cases of everyCase) {
    describe(cases.op, () => {
      cases.cases.forEach(({ name, args }, index) => {
        it(name, () => {
          const make = (): OpArgs => args(new Random(index + 1));
          const expected = cases.reference(make());
          // The first call of all may make memory that stays.
          const alive: number[] = [];
          const bits = schedules(seed).map((words) => {
            simt.configure(words);
            const called = make();
            runOnDevice(cuda, cases.op, called);
            expect(compareOutputs(cases, called, expected), words).toEqual([]);
            alive.push(simt.ledger().allocations);
            return outputBits(cases.op, called);
          });
          expect(bits[1] === bits[0], 'same bits in reverse order').toBe(true);
          expect(alive[2], 'device memory that the op does not give back').toBe(alive[0]);
          expect(bits[2] === bits[0], `same bits in random order, seed ${seed}`).toBe(true);
        });
      });
    });
  }
});
