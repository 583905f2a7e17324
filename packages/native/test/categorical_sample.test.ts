// Frequencies, batches and refusals of categorical_sample.
import { cpu } from '@anacrusis/native';
import { expect, it } from 'vitest';

function sample(logits: Float32Array, N: number, options: object = {}): Int32Array {
  const token = new Int32Array(N);
  cpu.categorical_sample({
    N,
    V: logits.length / N,
    logits,
    temperature: 1,
    seed: 3,
    stream: new Int32Array(N),
    step: Int32Array.from({ length: N }, (_, i) => i),
    greedy: false,
    token,
    logp: new Float32Array(N),
    ...options,
  });
  return token;
}

it('draws tokens as often as softmax says, and none of probability 0', () => {
  const row = [1, -Infinity, 0, 2, -1, -Infinity];
  const N = 40_000;
  const token = sample(
    Float32Array.from({ length: N * 6 }, (_, i) => row[i % 6]!),
    N,
  );
  const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
  row.forEach((logit, v) => {
    const p = Math.exp(logit) / total;
    const share = token.reduce((count, t) => count + Number(t === v), 0) / N;
    expect(Math.abs(share - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / N));
  });
});

it('draws the same for a (stream, step) in any batch', () => {
  const logits = Float32Array.from({ length: 50 * 9 }, (_, i) => Math.sin(i));
  const stream = Int32Array.from({ length: 50 }, (_, i) => i % 7);
  const together = sample(logits, 50, { stream });
  for (let i = 0; i < 50; i++) {
    const alone = { stream: stream.slice(i, i + 1), step: Int32Array.of(i) };
    expect(sample(logits.slice(i * 9, i * 9 + 9), 1, alone)[0]).toBe(together[i]);
  }
});

it('refuses rows without a distribution', () => {
  const bad = (value: number) => () => sample(new Float32Array(6).fill(value, 3), 2);
  expect(bad(-Infinity)).toThrow(/logits: expected .* received row 1 with nothing but -inf/);
  expect(bad(NaN)).toThrow(/received row 1 with NaN or \+inf/);
  expect(bad(Infinity)).toThrow(/received row 1 with NaN or \+inf/);
});
