// valueLoss: hand-made steps on both sides of the clip range, both conventions of the half, its gradient, and refusals.
// Losses are compared with a float64 reference in the op cases of value_loss.
import { valueLoss, type ValueLossInput } from '@anacrusis/ppo';
import { ArgumentError, backward, mul, tensor } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';

const of = (...x: number[]) => tensor(Float32Array.from(x));

/** Values moved by 0.1, 0.5 (towards the return), 0.5 (away from it) and not at all; the last step is masked. */
function input(changes: Partial<ValueLossInput> = {}): ValueLossInput {
  return {
    values: of(1.1, 1.5, 1.5, 1, NaN),
    oldValues: of(1, 1, 1, 1, 1),
    returns: of(2, 2, 0, 3, NaN),
    mask: tensor(Uint8Array.of(1, 1, 1, 1, 0)),
    ...{ clip: 0.2, half: false, aggregation: 'token-mean', denominator: 4 },
    ...changes,
  };
}

// (1.1 - 2)^2, clipped (1.2 - 2)^2 > (1.5 - 2)^2, 1.5^2 > 1.2^2, (1 - 3)^2
const squares = [0.81, 0.64, 2.25, 4];
const slopes = [-1.8, 0, 3, -4, 0];

describe('valueLoss', () => {
  it.each([
    [false, 1],
    [true, 0.5],
  ] as const)('half %s: %d of the squared error and of its gradient', (half, c) => {
    const made = input({ half });
    made.values.requiresGrad = true;
    const { loss, metrics } = valueLoss(made);
    expect(loss.item()).toBeCloseTo((c * squares.reduce((sum, x) => sum + x, 0)) / 4, 6);
    backward(mul(loss, 2));
    slopes.forEach((slope, i) =>
      expect(made.values.grad!.f32[i]).toBeCloseTo((2 * c * slope) / 4, 6),
    );
    expect(metrics).toMatchObject({ tokens: 4, clipFrac: 0.25, maxError: 2, nonFinite: 0 });
  });

  it('does not clip without old values', () => {
    const { metrics } = valueLoss(input({ oldValues: undefined, clip: undefined }));
    expect(metrics.numerator).toBeCloseTo(0.81 + 0.25 + 2.25 + 4, 5);
    expect(metrics.clipFrac).toBe(0);
  });

  it('explains variance: errors 0.9, 0.5, -1.5, 2 of returns 2, 2, 0, 3', () => {
    const { metrics } = valueLoss(input());
    const variance = (x: number[]): number => {
      const mean = x.reduce((a, b) => a + b) / x.length;
      return x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;
    };
    const want = 1 - variance([0.9, 0.5, -1.5, 2]) / variance([2, 2, 0, 3]);
    expect(metrics.explainedVariance).toBeCloseTo(want, 6);
    expect(metrics.meanReturn).toBe(1.75);
    expect(metrics.meanError).toBeCloseTo(1.9 / 4, 6);
    const alike = valueLoss(input({ returns: of(1, 1, 1, 1, 1) })).metrics;
    expect(alike.explainedVariance).toBe(0);
  });

  it('refuses in its own names', () => {
    const bad: [Partial<ValueLossInput>, RegExp][] = [
      [{ clip: undefined }, /clip: expected a value beside oldValues/],
      [{ oldValues: undefined }, /oldValues: expected a value beside clip/],
      [{ clip: -1 }, /valueLoss: clip: expected .* >= 0/],
      [{ half: undefined as unknown as boolean }, /half: expected true or false/],
      [{ denominator: 0 }, /valueLoss: denominator/],
      [{ returns: of(1, 2) }, /valueLoss: returns: expected shape \[5\]/],
    ];
    for (const [changes, text] of bad) {
      const call = () => valueLoss(input(changes));
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(text);
    }
  });
});
