import { empty } from '../create.js';
import { opsOf } from '../device.js';
import { expectTensor } from '../expect-tensor.js';
import { record, type Backward } from '../tape.js';
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
  const ops = opsOf('softmax', { x });
  const y = empty(x.shape, 'f32', x);
  ops.softmax({ x: x.raw, y: y.raw, ...dims });
  record('softmax', [x], [y], ([dy], sink) => {
    ops.softmax_backward({ y: y.raw, dy: dy!.raw, dx: sink.output(0).raw, ...dims });
  });
  return y;
}

/** Logarithm of the softmax over the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  expectTensor('logSoftmax', 'x', x, 'f32');
  const dims = rowsOf(x);
  const ops = opsOf('logSoftmax', { x });
  const y = empty(x.shape, 'f32', x);
  ops.log_softmax({ x: x.raw, y: y.raw, ...dims });
  record('log_softmax', [x], [y], ([dy], sink) => {
    ops.log_softmax_backward({ y: y.raw, dy: dy!.raw, dx: sink.output(0).raw, ...dims });
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
  const ops = opsOf('rmsNorm', { x, weight });
  const y = empty(x.shape, 'f32', x);
  const inverse = empty([N], 'f32', x);
  const common = { N, D, x: x.raw, weight: weight.raw, inv_rms: inverse.raw };
  ops.rms_norm({ eps, y: y.raw, ...common });
  const backward: Backward = ([dy], sink) => {
    const { d: dweight, add } = sink.accumulator(1);
    if (!add) dweight.fill(0);
    const gradients = { dx: sink.output(0).raw, dweight: dweight.raw };
    ops.rms_norm_backward({ dy: dy!.raw, ...gradients, ...common });
  };
  record('rms_norm', [x, weight], [y], backward, [inverse]);
  return y;
}

/**
 * Layer normalisation of the last axis (1607.06450): y = (x - mean) / sqrt(var + eps) * weight + bias, the
 * variance over D.
 * @param x [..., D]
 * @param weight [D]
 * @param bias [D]; none by default
 */
export function layerNorm(x: Tensor, weight: Tensor, bias?: Tensor | null, eps = 1e-5): Tensor {
  expectTensor('layerNorm', 'x', x, 'f32');
  const { N, V: D } = rowsOf(x);
  expectTensor('layerNorm', 'weight', weight, 'f32', [D]);
  if (bias) expectTensor('layerNorm', 'bias', bias, 'f32', [D]);
  const ops = opsOf('layerNorm', bias ? { x, weight, bias } : { x, weight });
  const y = empty(x.shape, 'f32', x);
  const [mean, inverse] = [empty([N], 'f32', x), empty([N], 'f32', x)];
  const common = { N, D, x: x.raw, weight: weight.raw, mean: mean.raw, inv_std: inverse.raw };
  ops.layer_norm({ eps, y: y.raw, bias: bias?.raw, ...common });
  const backward: Backward = ([dy], sink) => {
    const [dweight, dbias] = (bias ? [1, 2] : [1]).map((input) => {
      const { d, add } = sink.accumulator(input);
      if (!add) d.fill(0);
      return d.raw;
    });
    const gradients = { dx: sink.output(0).raw, dweight: dweight!, dbias };
    ops.layer_norm_backward({ dy: dy!.raw, ...gradients, ...common });
  };
  record('layer_norm', bias ? [x, weight, bias] : [x, weight], [y], backward, [mean, inverse]);
  return y;
}

/** silu(gate) * up (2002.05202). */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  expectTensor('swiglu', 'gate', gate, 'f32');
  expectTensor('swiglu', 'up', up, 'f32', gate.shape);
  const ops = opsOf('swiglu', { gate, up });
  const y = empty(gate.shape, 'f32', gate);
  const common = { n: gate.size, gate: gate.raw, up: up.raw };
  ops.swiglu({ y: y.raw, ...common });
  record('swiglu', [gate, up], [y], ([dy], sink) => {
    const gradients = { dgate: sink.output(0).raw, dup: sink.output(1).raw };
    ops.swiglu_backward({ dy: dy!.raw, ...gradients, ...common });
  });
  return y;
}
