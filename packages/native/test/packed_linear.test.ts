// Decoding is batch-invariant, and a decoded row has the bits of the training pass: on-policy ratios
// are exactly 1.
import { cpu, setThreads } from '@anacrusis/native';
import { Random } from '@anacrusis/testing';
import { expect, it } from 'vitest';

const random = new Random(7);
const [R, N, K] = [149, 201, 300];
const panels = 13;
const x = random.f32(R * K);
const weight = random.f32(N * K);
const bias = random.f32(N);
const packed = new Float32Array(panels * K * 16);
cpu.pack_linear({ N, K, panels, weight, packed });

function rows(from: number, count: number): Float32Array {
  const y = new Float32Array(count * N);
  const some = x.subarray(from * K, (from + count) * K);
  cpu.packed_linear({ R: count, N, K, panels, x: some, packed, bias, accumulate: false, y });
  return y;
}

it('gives a row the same bits alone and in any batch', () => {
  setThreads(2);
  const all = rows(0, R);
  for (let from = 0; from < R; from += 11) {
    for (const count of [1, 2, 3, 5, 7, 8, 9, 65]) {
      if (from + count > R) continue;
      expect(rows(from, count)).toEqual(all.subarray(from * N, (from + count) * N));
    }
  }
});

it('has the bits of matmul', () => {
  const c = new Float32Array(R * N);
  const flags = { transpose_a: false, transpose_b: true, accumulate: false };
  cpu.matmul({ batch: 1, batch_b: 1, M: R, N, K, a: x, b: weight, ...flags, bias, c });
  expect(rows(0, R)).toEqual(c);
});

it('has the bits of matmul when it adds', () => {
  const c = random.f32(R * N);
  const y = c.slice();
  const flags = { transpose_a: false, transpose_b: true, accumulate: true };
  cpu.matmul({ batch: 1, batch_b: 1, M: R, N, K, a: x, b: weight, ...flags, bias, c });
  cpu.packed_linear({ R, N, K, panels, x, packed, bias, accumulate: true, y });
  expect(y).toEqual(c);
});

it('refuses another number of panels', () => {
  const sizes = { R: 1, N: 17, K: 1, panels: 1, accumulate: false };
  const data = { x: new Float32Array(1), packed: new Float32Array(16), y: new Float32Array(17) };
  expect(() => cpu.packed_linear({ ...sizes, ...data })).toThrow(/panels: expected 2/);
});
