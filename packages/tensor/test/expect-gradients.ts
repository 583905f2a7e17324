import { gradientErrors, Random, type GradientCase } from '@anacrusis/testing';
import { expect } from 'vitest';

/**
 * Relative to the largest element of the array. Float32 rounds to 6e-8 and the sums here have at most
 * some hundred terms of both signs, whose roundings add up like their root: 1e-6; ten of those, since
 * composites chain several. Central differences in float64 are wrong by 1e-9.
 */
export const TOLERANCE = 1e-5;

type Case = Omit<GradientCase, 'leaves'> & { shapes: readonly (readonly number[])[] };

/** Random normal leaves of these shapes. */
export function leavesOf(
  shapes: readonly (readonly number[])[],
  value: (random: Random) => number = (random) => random.normal(),
): GradientCase['leaves'] {
  const random = new Random(7);
  return shapes.map((shape) => {
    const length = shape.reduce((p, s) => p * s, 1);
    return { data: Float32Array.from({ length }, () => value(random)), shape };
  });
}

export function expectGradients(given: GradientCase): void {
  const { value, gradients } = gradientErrors(given);
  expect(value, 'result').toBeLessThan(TOLERANCE);
  gradients.forEach((error, i) => expect(error, `gradient of leaf ${i}`).toBeLessThan(TOLERANCE));
}

export function expectNormal({ shapes, ...rest }: Case): void {
  expectGradients({ ...rest, leaves: leavesOf(shapes) });
}
