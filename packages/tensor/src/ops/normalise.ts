import { cpu } from '@anacrusis/native';
import { record, type Backward } from '../tape.js';
import { empty } from '../create.js';
import { expectTensor } from '../expect-tensor.js';
import type { Tensor } from '../tensor.js';

/** Rows and width of the last axis. */
function rowsOf(x: Tensor): { N: number; V: number } {
  const V = x.shape[x.shape.length - 1] ?? 1;
  return { N: V === 0 ? 0 : x.size / V, V };
}

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  expectTensor('softmax', 'x', x, 'f32');
  const dims = rowsOf(x);
  const y = empty(x.shape);
  cpu.softmax({ x: x.f32, y: y.f32, ...dims });
  record('softmax', [x], [y], ([dy], sink) => {
    cpu.softmax_backward({ y: y.f32, dy: dy!, dx: sink.output(0), ...dims });
  });
  return y;
}

/** Logarithm of the softmax over the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  expectTensor('logSoftmax', 'x', x, 'f32');
  const dims = rowsOf(x);
  const y = empty(x.shape);
  cpu.log_softmax({ x: x.f32, y: y.f32, ...dims });
  record('log_softmax', [x], [y], ([dy], sink) => {
    cpu.log_softmax_backward({ y: y.f32, dy: dy!, dx: sink.output(0), ...dims });
  });
  return y;
}

/**
 * Root-mean-square normalisation of the last axis (1910.07467): y = x / rms(x) * weight.
 * @param x [..., D]
 * @param weight [D]
 */
export function rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor {
  expectTensor('rmsNorm', 'x', x, 'f32');
  const { N, V: D } = rowsOf(x);
  expectTensor('rmsNorm', 'weight', weight, 'f32', [D]);
  const y = empty(x.shape);
  const inverse = empty([N]);
  const common = { N, D, x: x.f32, weight: weight.f32, inv_rms: inverse.f32 };
  cpu.rms_norm({ eps, y: y.f32, ...common });
  const backward: Backward = ([dy], sink) => {
    const { d: dweight, add } = sink.accumulator(1);
    if (!add) dweight.fill(0);
    cpu.rms_norm_backward({ dy: dy!, dx: sink.output(0), dweight, ...common });
  };
  record('rms_norm', [x, weight], [y], backward, [inverse]);
  return y;
}

/** silu(gate) * up (2002.05202). */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  expectTensor('swiglu', 'gate', gate, 'f32');
  expectTensor('swiglu', 'up', up, 'f32', gate.shape);
  const y = empty(gate.shape);
  const common = { n: gate.size, gate: gate.f32, up: up.f32 };
  cpu.swiglu({ y: y.f32, ...common });
  record('swiglu', [gate, up], [y], ([dy], sink) => {
    cpu.swiglu_backward({ dy: dy!, dgate: sink.output(0), dup: sink.output(1), ...common });
  });
  return y;
}
