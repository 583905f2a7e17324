// The kernels of attention_metrics for compute capability 9.0 on the emulator, against the same reference as the portable
// ones. They are off by default: no device has run them.
import { device } from '@anacrusis/native';
import {
  allOpCases,
  compareOutputs,
  outputBits,
  Random,
  runOnDevice,
  schedules,
  useEmulator,
} from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

process.env['ANACRUSIS_ATTENTION_SM90'] = '1';
const simt = useEmulator();
const cuda = device('cuda:0');
const cases = (await allOpCases()).find(({ op }) => op === 'attention_metrics')!;
const chosen = cases.cases
  .map(({ name, args }, index) => ({ name, make: () => args(new Random(index + 1)) }))
  .filter(({ name }) => /^(bf16|f16), D (64|128)/.test(name));

const on = (words: string, args: ReturnType<(typeof chosen)[0]['make']>) => {
  simt.configure(words);
  runOnDevice(cuda, cases.op, args);
  return outputBits(cases.op, args);
};

describe('attention metrics on warp groups', () => {
  it.each(chosen)('$name', ({ make }) => {
    const expected = cases.reference(make());
    const bits = schedules(7).map((words) => {
      const args = make();
      const found = on(`${words} capability=90 shared_bytes=232448`, args);
      expect(compareOutputs(cases, args, expected), words).toEqual([]);
      return found;
    });
    expect(new Set(bits).size, 'same bits in every schedule').toBe(1);
    // Sums are taken in another order than by the portable kernels, so equal bits would show that those ran.
    expect(on('capability=86 shared_bytes=101376', make()) === bits[0]).toBe(false);
  });
});
