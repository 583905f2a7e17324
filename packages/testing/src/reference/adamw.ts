import type { Expected, OpArgs } from '../op-cases.js';

interface Input {
  params: Float32Array[];
  grads: Float32Array[];
  m: Float32Array[];
  v: Float32Array[];
  decay: Uint8Array;
  step: number;
  lr: number;
  beta1: number;
  beta2: number;
  eps: number;
  weight_decay: number;
  grad_scale: number;
}

/** 1711.05101 algorithm 2 with bias-corrected moments and decay scaled by the learning rate. */
export function adamw(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const lists = { params: [] as number[][], m: [] as number[][], v: [] as number[][] };
  a.params.forEach((params, k) => {
    const g = Array.from(a.grads[k]!, (x) => x * a.grad_scale);
    const m = Array.from(a.m[k]!, (x, i) => a.beta1 * x + (1 - a.beta1) * g[i]!);
    const v = Array.from(a.v[k]!, (x, i) => a.beta2 * x + (1 - a.beta2) * g[i]! ** 2);
    const updated = Array.from(params, (p, i) => {
      const mHat = m[i]! / (1 - a.beta1 ** a.step);
      const vHat = v[i]! / (1 - a.beta2 ** a.step);
      const decayed = a.decay[k] ? p - a.lr * a.weight_decay * p : p;
      return decayed - (a.lr * mHat) / (Math.sqrt(vHat) + a.eps);
    });
    lists.params.push(updated);
    lists.m.push(m);
    lists.v.push(v);
  });
  return lists;
}
