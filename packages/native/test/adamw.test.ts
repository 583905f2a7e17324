// adamw: its bits do not depend on how the elements are spread over tensors, a constant gradient gives steps of lr
// each, and K must be the number of tensors.
import { ArgumentError, cpu, setThreads } from '@anacrusis/native';
import { Random } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const settings = {
  lr: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weight_decay: 0.2,
  grad_scale: 0.7,
};

/** Three steps from zero moments; the list is cut into tensors of these sizes. */
function threeSteps(sizes: number[]): Float32Array {
  const r = new Random(3);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const params = r.f32(total);
  const grads = r.f32(total);
  const cut = (array: Float32Array): Float32Array[] => {
    let at = 0;
    return sizes.map((size) => array.subarray(at, (at += size)));
  };
  const lists = {
    params: cut(params),
    grads: cut(grads),
    m: cut(new Float32Array(total)),
    v: cut(new Float32Array(total)),
  };
  const K = sizes.length;
  const decay = new Uint8Array(K).fill(1);
  for (let step = 1; step <= 3; step++) cpu.adamw({ K, ...lists, decay, step, ...settings });
  return params;
}

describe('adamw', () => {
  it('gives the same bits however the elements are spread over tensors and threads', () => {
    const whole = threeSteps([40009]);
    setThreads(2);
    for (const sizes of [
      [1, 40008],
      [16384, 16385, 7240],
      [...(Array(20).fill(2000) as number[]), 9],
    ]) {
      expect(Buffer.from(threeSteps(sizes).buffer).equals(Buffer.from(whole.buffer))).toBe(true);
    }
    setThreads(1);
  });

  it('moves by lr a step under a constant gradient, whatever its size', () => {
    // m / (1 - beta1^t) = g and v / (1 - beta2^t) = g^2 at every t, so each step is lr sign(g)
    const params = [Float32Array.of(1, 1, 1)];
    const grads = [Float32Array.of(1e-3, 5, -40)];
    const moments = { m: [new Float32Array(3)], v: [new Float32Array(3)] };
    const plain = { ...settings, weight_decay: 0, grad_scale: 1 };
    for (let step = 1; step <= 20; step++) {
      cpu.adamw({ K: 1, params, grads, ...moments, decay: Uint8Array.of(0), step, ...plain });
    }
    expect(params[0]![0]).toBeCloseTo(0.8, 4);
    expect(params[0]![1]).toBeCloseTo(0.8, 4);
    expect(params[0]![2]).toBeCloseTo(1.2, 4);
  });

  it('refuses a K that is not the number of tensors', () => {
    const lists = { params: [new Float32Array(2)], grads: [new Float32Array(2)] };
    const moments = { m: [new Float32Array(2)], v: [new Float32Array(2)] };
    const call = () =>
      cpu.adamw({ K: 2, ...lists, ...moments, decay: new Uint8Array(2), step: 1, ...settings });
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(/K: expected 1, the arrays in params, received 2/);
  });
});
