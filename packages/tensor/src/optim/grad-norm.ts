import { checkNames, cpu } from '@anacrusis/native';
import { tensor } from '../create.js';
import { argument, expectNumber, kindOf } from '../expect.js';
import { expectTensor } from '../expect-tensor.js';
import type { Tensor } from '../tensor.js';

function gradientsOf(parameters: Iterable<Tensor>): Float32Array[] {
  return [...parameters].flatMap(({ grad }) => (grad ? [grad.f32] : []));
}

/** L2 norm over the gradients of all parameters (those without one count as zero). */
export function gradNorm(parameters: Iterable<Tensor>): number {
  const norm = new Float64Array(1);
  cpu.global_norm({ grads: gradientsOf(parameters), norm });
  return norm[0]!;
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
  if (scale < 1) cpu.scale_arrays({ arrays: gradientsOf(list), scale });
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
  const perNeuron = new Float32Array(R);
  const perLayer = new Float64Array(grads.length);
  const lists = { K: grads.length, R, grads: grads.map(({ f32 }) => f32), rows, cols };
  cpu.grad_stats({ ...lists, per_neuron: perNeuron, per_layer: perLayer });
  let at = 0;
  const neurons = [...rows].map((count) => tensor(perNeuron.subarray(at, (at += count))));
  return { perNeuron: neurons, perLayer: [...perLayer] };
}
