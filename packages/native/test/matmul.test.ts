// matmul: what holds between calls.
import { cpu, setThreads } from '@anacrusis/native';
import { Random } from '@anacrusis/testing';
import { expect, it } from 'vitest';

const flags = { transpose_a: false, transpose_b: true, accumulate: false };

it('gives a row the same bits alone and in any batch', () => {
  setThreads(2);
  const random = new Random(5);
  const [M, N, K] = [131, 201, 300];
  const a = random.f32(M * K);
  const b = random.f32(N * K);
  const bias = random.f32(N);
  const all = new Float32Array(M * N);
  cpu.matmul({ batch: 1, batch_b: 1, M, N, K, a, b, ...flags, bias, c: all });
  for (const [from, count] of [
    [0, 1],
    [130, 1],
    [77, 1],
    [3, 2],
    [64, 7],
    [50, 65],
  ] as const) {
    const c = new Float32Array(count * N);
    const some = a.subarray(from * K, (from + count) * K);
    cpu.matmul({ batch: 1, batch_b: 1, M: count, N, K, a: some, b, ...flags, bias, c });
    expect(c).toEqual(all.subarray(from * N, (from + count) * N));
  }
});

it('adds up the parts of a weight gradient in the same order on any number of threads', () => {
  const random = new Random(6);
  const [M, N, K] = [64, 192, 8000];
  const a = random.f32(M * K);
  const b = random.f32(N * K);
  const sums = [1, 2, 3, 7].map((threads) => {
    setThreads(threads);
    const c = new Float32Array(M * N);
    const transposes = { ...flags, transpose_a: true, transpose_b: false };
    cpu.matmul({ batch: 1, batch_b: 1, M, N, K, a, b, ...transposes, c });
    return c;
  });
  for (const c of sums) expect(c).toEqual(sums[0]);
});

it('keeps NaN where it is', () => {
  const c = new Float32Array(3 * 17);
  const a = new Float32Array(3 * 5).fill(1);
  a[7] = NaN;
  const sizes = { batch: 1, batch_b: 1, M: 3, N: 17, K: 5 };
  cpu.matmul({ ...sizes, a, b: new Float32Array(85).fill(2), ...flags, c });
  expect(Array.from(c, Number.isNaN)).toEqual(Array.from(c, (_, i) => i >= 17 && i < 34));
});

it('refuses a batch_b that is neither 1 nor batch', () => {
  const data = new Float32Array(12);
  const sizes = { batch: 4, batch_b: 3, M: 1, N: 2, K: 1 };
  expect(() =>
    cpu.matmul({
      ...sizes,
      a: new Float32Array(4),
      b: new Float32Array(6),
      ...flags,
      c: data.subarray(0, 8),
    }),
  ).toThrow(/batch_b/);
});
