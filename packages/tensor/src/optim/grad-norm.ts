import { empty } from '../create.js';
import { opsOf, type AnyOps, type RawArray } from '../device.js';
import { expectNumber } from '../expect.js';
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
