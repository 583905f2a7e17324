// What the fields of binary cannot say: strides that leave an argument, and y in the place of an a of
// another layout.
import { cpu } from '@anacrusis/native';
import { expect, it } from 'vitest';

const y = new Float32Array(6);
const good = {
  d0: 1,
  d1: 1,
  d2: 2,
  d3: 3,
  A: 6,
  B: 3,
  a: Float32Array.of(1, 2, 3, 4, 5, 6),
  b: Float32Array.of(10, 20, 30),
  a_s0: 0,
  a_s1: 0,
  a_s2: 3,
  a_s3: 1,
  b_s0: 0,
  b_s1: 0,
  b_s2: 0,
  b_s3: 1,
  fn: 'add' as const,
  y,
};

it('refuses strides that reach past an argument', () => {
  expect(() => cpu.binary({ ...good, b_s2: 1 })).toThrow(/b.*4 elements.*3 elements/);
  expect(() => cpu.binary({ ...good, a_s2: 4 })).toThrow(/a.*7 elements.*6 elements/);
  expect(() =>
    cpu.binary({ ...good, a_s2: 2 ** 53 - 1, d2: 2 ** 12, y: new Float32Array(3 * 2 ** 12) }),
  ).toThrow(/2\^63/);
  expect(y).toEqual(new Float32Array(6));
});

it('refuses y in the place of a transposed a', () => {
  const a = Float32Array.from(good.a);
  expect(() => cpu.binary({ ...good, a, y: a, a_s2: 1, a_s3: 2 })).toThrow(/y.*memory/);
  expect(a).toEqual(good.a);
  cpu.binary({ ...good, a, y: a });
  expect(a).toEqual(Float32Array.of(11, 22, 33, 14, 25, 36));
});
