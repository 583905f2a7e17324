import type { Expected, OpArgs } from '../op-cases.js';
import { fixedPoint, wordsOf } from './exact_sum.js';
import { aggregated, type PackedInput } from './aggregation.js';

export function aggregate(args: OpArgs): Expected {
  const a = args as unknown as PackedInput & { losses: Float32Array };
  const { numerator, weights } = aggregated(a, (i) => a.losses[i]!);
  return {
    loss: [numerator / a.denominator],
    weights: weights.map((w) => w / a.denominator),
    numerator: wordsOf(fixedPoint(numerator)),
  };
}
