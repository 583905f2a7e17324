import { backward, scope, tensor, type Tensor } from '@anacrusis/tensor';
import { numericalGradient, weightedSum } from './numerical-gradient.js';
import { Random } from './random.js';

/** What a float64 reference takes and gives: elements in row-major order, and their shape. */
export interface Float64Elements {
  data: Float64Array;
  shape: readonly number[];
}

/** A computation on tensors, and the same written independently in float64. */
export interface GradientCase {
  /** Float32 data of the leaves, with their shapes. */
  leaves: { data: Float32Array; shape: readonly number[] }[];
  forward: (...leaves: Tensor[]) => Tensor;
  reference: (...leaves: Float64Elements[]) => Float64Elements;
  /** Seed of d(objective)/d(result). */
  seed?: number;
}

/** Largest |got - want| of each array, over the largest |want| of it (over 1 where that is 0). */
export interface GradientErrors {
  value: number;
  gradients: number[];
}

function relativeError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Infinity;
  const largest = (list: number[]): number => list.reduce((max, x) => Math.max(max, x), 0);
  const scale = largest(Array.from(want, Math.abs)) || 1;
  return largest(Array.from(want, (x, i) => Math.abs(got[i]! - x))) / scale;
}

/** The objective is a random weighting of the result's elements, so that no term can hide in a sum. */
export function gradientErrors({
  leaves,
  forward,
  reference,
  seed = 1,
}: GradientCase): GradientErrors {
  const exact: Float64Elements[] = leaves.map(({ data, shape }) => ({
    data: Float64Array.from(data),
    shape,
  }));
  const want = reference(...exact);
  const weights = new Random(seed).f32(want.data.length);
  const numerical = exact.map(({ data, shape }, i) => {
    const objective = (point: Float64Array): number =>
      weightedSum(weights, reference(...exact.with(i, { data: point, shape })).data);
    return numericalGradient(objective, data);
  });
  return scope(() => {
    const inputs = leaves.map(({ data, shape }) => tensor(data, shape));
    for (const input of inputs) input.requiresGrad = true;
    const y = forward(...inputs);
    if (y.shape.join() !== want.shape.join()) {
      throw new Error(`shape [${y.shape.join()}], the reference has [${want.shape.join()}]`);
    }
    backward(y, tensor(weights, y.shape));
    const value = relativeError(y.f32, want.data);
    const got = inputs.map(({ grad, size }) => grad?.f32 ?? new Float32Array(size));
    return { value, gradients: numerical.map((gradient, i) => relativeError(got[i]!, gradient)) };
  });
}
