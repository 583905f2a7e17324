import { checkNames } from '@anacrusis/native';
import { empty } from '../create.js';
import { opsOf, type AnyOps, type RawArray } from '../device.js';
import { argument, expectNumber, kindOf } from '../expect.js';
import { expectTensor } from '../expect-tensor.js';
import type { Tensor } from '../tensor.js';

function gradientsOf(
  op: string,
  parameters: Iterable<Tensor>,
): { ops: AnyOps; grads: RawArray[]; first: Tensor | undefined } {
  const grads = [...parameters].flatMap(({ grad }) => (grad ? [grad] : []));
  return { ops: opsOf(op, grads), grads: grads.map(({ raw }) => raw), first: grads[0] };
}

/** L2 norm over the gradients of all parameters (those without one count as zero). */
export function gradNorm(parameters: Iterable<Tensor>): number {
  const { ops, grads, first } = gradientsOf('gradNorm', parameters);
  using norm = empty([1], 'f64', first);
  ops.global_norm({ grads, norm: norm.raw });
  return norm.item();
}

/**
 * Factor by which gradients of norm `norm` are to be multiplied so that it is at most `maxNorm`; pass
 * it to `AdamW.step`. NaN for a norm that is not finite: `AdamW.step` refuses it, and the parameters stay.
 * @throws ArgumentError unless maxNorm >= 0
 */
export function clipFactor(norm: number, maxNorm: number): number {
  expectNumber('clipFactor', 'maxNorm', maxNorm, 0);
  if (!Number.isFinite(norm)) return NaN;
  return norm > maxNorm ? maxNorm / norm : 1;
}

/**
 * Scales the gradients in place so that their norm is at most `maxNorm`, and leaves them as they are
 * where it is not finite; returns the norm before.
 * @throws ArgumentError unless maxNorm >= 0
 */
export function clipGradNorm(parameters: Iterable<Tensor>, maxNorm: number): number {
  const list = [...parameters];
  const norm = gradNorm(list);
  const scale = clipFactor(norm, maxNorm);
  const { ops, grads } = gradientsOf('clipGradNorm', list);
  if (scale < 1) ops.scale_arrays({ arrays: grads, scale });
  return norm;
}

/** Statistics of a list of gradients, one layer each. */
export interface GradStats {
  /** Mean |gradient| of each neuron (row), per layer: [rows]. */
  perNeuron: Tensor[];
  /** Mean |gradient| of each layer. */
  perLayer: number[];
}

const statsNames = new Set(['grads']);

/**
 * Mean |gradient| per neuron and per layer (2505.24061): a neuron is a row, that is one output unit.
 * @param input.grads [rows, ...] each; one axis counts as rows of one element.
 * @throws ArgumentError for anything but f32 tensors
 */
export function gradStats(input: { grads: readonly Tensor[] }): GradStats {
  checkNames('gradStats', statsNames, input);
  const grads: readonly Tensor[] = input.grads;
  if (!Array.isArray(grads)) {
    throw argument('gradStats', 'grads', 'a list of tensors', kindOf(grads), 'ERR_TYPE');
  }
  grads.forEach((grad, i) => expectTensor('gradStats', `grads[${i}]`, grad, 'f32'));
  const rows = Int32Array.from(grads, ({ shape }) => shape[0] ?? 1);
  const cols = Int32Array.from(grads, ({ size }, i) => (rows[i] === 0 ? 0 : size / rows[i]!));
  const R = rows.reduce((total, n) => total + n, 0);
  const ops = opsOf('gradStats', grads);
  using perNeuron = empty([R], 'f32', grads[0]);
  using perLayer = empty([grads.length], 'f64', grads[0]);
  const lists = { K: grads.length, R, grads: grads.map(({ raw }) => raw), rows, cols };
  ops.grad_stats({ ...lists, per_neuron: perNeuron.raw, per_layer: perLayer.raw });
  let at = 0;
  const neurons = [...rows].map((count) => perNeuron.alias([count], (at += count) - count));
  return { perNeuron: neurons, perLayer: [...perLayer.read()] };
}
