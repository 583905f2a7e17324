// The generator against the published vectors of its authors, and the distributions against their moments.
import { cpu } from '@anacrusis/native';
import { expect, it } from 'vitest';

const part = { n: 100_003, seed: 5, stream: 6, offset: 7 };

it('gives the first published vector: counter 0, key 0 (Random123, tests/kat_vectors)', () => {
  // An integer of the full range is the first of its two words; a uniform number the high 24 bits.
  const y = new Int32Array(2);
  cpu.philox_integer({ n: 2, seed: 0, stream: 0, offset: 0, lo: -(2 ** 31), hi: 2 ** 31 - 1, y });
  expect(Array.from(y, (value) => (value + 2 ** 31).toString(16))).toEqual([
    '6627e8d5',
    'bc57ac4c',
  ]);
  const u = new Float32Array(4);
  cpu.philox_uniform({ n: 4, seed: 0, stream: 0, offset: 0, lo: 0, hi: 1, y: u });
  const high = Array.from(u, (value) => (value * 2 ** 24).toString(16));
  expect(high).toEqual(['6627e8', 'e169c5', 'bc57ac', '9b00db']);
});

it('makes element i a function of offset + i alone', () => {
  const ops = ['philox_uniform', 'philox_normal', 'philox_integer'] as const;
  const options = { lo: -3, hi: 11, mean: 1, std: 2 };
  for (const op of ops) {
    const draw = (n: number, offset: number): number[] => {
      const y = op === 'philox_integer' ? new Int32Array(n) : new Float32Array(n);
      const { lo, hi, mean, std } = options;
      const own = op === 'philox_normal' ? { mean, std } : { lo, hi };
      (cpu[op] as (args: object) => void)({ n, seed: 9, stream: 8, offset, ...own, y });
      return Array.from(y);
    };
    const whole = draw(300, 0);
    for (const [offset, n] of [
      [1, 299],
      [3, 64],
      [130, 131],
    ] as const) {
      expect(draw(n, offset), op).toEqual(whole.slice(offset, offset + n));
    }
  }
});

it('has the moments of the uniform and the normal distribution', () => {
  const y = new Float32Array(part.n);
  const moment = (k: number): number => y.reduce((sum, value) => sum + value ** k, 0) / part.n;
  cpu.philox_uniform({ ...part, lo: 0, hi: 1, y });
  const deviations = 5 / Math.sqrt(part.n); // five standard errors of a variable of variance 1
  for (const k of [1, 2, 3])
    expect(Math.abs(moment(k) - 1 / (k + 1))).toBeLessThan(0.3 * deviations);
  expect(Math.min(...y)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...y)).toBeLessThan(1);
  cpu.philox_normal({ ...part, mean: 0, std: 1, y });
  expect(Math.abs(moment(1))).toBeLessThan(deviations);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(Math.SQRT2 * deviations);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(Math.sqrt(96) * deviations);
});

it('never reaches hi, even where lo + 24 bits would round to it', () => {
  const y = new Float32Array(20_000);
  cpu.philox_uniform({ n: y.length, seed: 1, stream: 1, offset: 0, lo: 1, hi: 1.0000003, y });
  expect(new Set(y)).toEqual(
    new Set([1, 1.00000011920928955, 1.0000002384185791].map(Math.fround)),
  );
});

it('refuses empty ranges', () => {
  const y = new Float32Array(1);
  const common = { n: 1, seed: 0, stream: 0, offset: 0 };
  expect(() => cpu.philox_uniform({ ...common, lo: 1, hi: 1, y })).toThrow(
    /hi: expected a float32 above lo/,
  );
  const whole = new Int32Array(1);
  expect(() => cpu.philox_integer({ ...common, lo: 3, hi: 2, y: whole })).toThrow(
    /hi: .* >= lo = 3, received 2/,
  );
});

it('gives the same bits on every instruction set', () => {
  // Recorded from the generic build; no library function is involved, so every build has to agree.
  const y = new Float32Array(4096);
  cpu.philox_normal({ n: 4096, seed: 3, stream: 1, offset: 5, mean: 0.25, std: 1.5, y });
  const bits = new Uint32Array(y.buffer).reduce(
    (sum, word) => (Math.imul(sum, 31) + word) >>> 0,
    0,
  );
  expect(bits.toString(16)).toBe('91004736');
});
