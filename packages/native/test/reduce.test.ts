// What the fields of reduce cannot say.
import { cpu } from '@anacrusis/native';
import { expect, it } from 'vitest';

const y = new Float32Array(2);
const dims = { outer: 2, n: 3, inner: 1 };
const x = Float32Array.of(1, 5, 2, 7, 4, 6);

it('refuses a place for a sum, and an extreme of nothing', () => {
  const index = new Int32Array(2);
  expect(() => cpu.reduce({ ...dims, x, fn: 'sum', y, index })).toThrow(/index/);
  const nothing = { outer: 2, n: 0, inner: 1, x: new Float32Array(0), y };
  for (const fn of ['mean', 'max', 'min'] as const) {
    expect(() => cpu.reduce({ ...nothing, fn })).toThrow(/n: expected at least 1/);
  }
  cpu.reduce({ ...dims, x, fn: 'max', y, index });
  expect([...y, ...index]).toEqual([5, 7, 1, 0]);
});
