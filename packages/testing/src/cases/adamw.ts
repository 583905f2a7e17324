import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { adamw } from '../reference/adamw.js';

function args(r: Random, sizes: number[], changes: OpArgs = {}): OpArgs {
  const list = (scale: number): Float32Array[] => sizes.map((size) => r.f32(size, scale));
  return {
    K: sizes.length,
    params: list(1),
    grads: list(0.5),
    m: list(0.3),
    v: list(0.2).map((array) => array.map((x) => x * x)),
    decay: r.flags(sizes.length, 0.5),
    ...{
      step: 7,
      lr: 3e-3,
      beta1: 0.9,
      beta2: 0.98,
      eps: 1e-8,
      weight_decay: 0.1,
      grad_scale: 0.6,
    },
    ...changes,
  };
}

/** Zero moments, as before the first step. */
function first(r: Random, sizes: number[]): OpArgs {
  const zeros = (): Float32Array[] => sizes.map((size) => new Float32Array(size));
  return args(r, sizes, { step: 1, m: zeros(), v: zeros() });
}

const cases: OpCases = {
  op: 'adamw',
  source: '1711.05101 algorithm 2 in float64',
  tolerance: { abs: 2e-7, rel: 6e-7, because: 'a few float32 roundings of values of order 1' },
  cases: [
    { name: 'no tensors', args: (r) => args(r, []) },
    { name: 'empty tensors', args: (r) => args(r, [0, 3, 0]) },
    { name: 'one of each size', args: (r) => args(r, [1, 2, 7, 8, 15, 16, 17, 31, 64, 65, 1009]) },
    { name: 'across parts', args: (r) => args(r, [16383, 1, 1, 20011, 5, 16384]) },
    { name: 'first step', args: (r) => first(r, [5, 33]) },
    { name: 'late step', args: (r) => args(r, [5, 33], { step: 2 ** 40 }) },
    { name: 'no decay, no scale', args: (r) => args(r, [41], { weight_decay: 0, grad_scale: 1 }) },
    { name: 'decay over 1', args: (r) => args(r, [41], { weight_decay: 500 }) },
    { name: 'gradients scaled to 0', args: (r) => args(r, [41], { grad_scale: 0 }) },
    { name: 'learning rate 0', args: (r) => args(r, [41], { lr: 0 }) },
    { name: 'betas 0', args: (r) => args(r, [41], { beta1: 0, beta2: 0 }) },
    { name: 'large eps', args: (r) => args(r, [41], { eps: 3 }) },
  ],
  reference: adamw,
};

export default cases;
