import type { Expected, OpArgs } from '../op-cases.js';
import { aggregated, countedSequences, sum, type PackedInput } from './aggregation.js';

type Numbers = ArrayLike<number>;

export interface ValueLossInput extends PackedInput {
  values: Numbers;
  old_values?: Numbers;
  returns: Numbers;
  scale: 'half' | 'full';
  clip: number;
}

/** Loss of step i as a function of its value: the larger square, the clipped value within `clip` of the old one. */
export function stepLoss(a: ValueLossInput, i: number, value: number): number {
  const c = a.scale === 'half' ? 0.5 : 1;
  const free = (value - a.returns[i]!) ** 2;
  if (!a.old_values) return c * free;
  const old = a.old_values[i]!;
  const clipped = Math.min(Math.max(value, old - a.clip), old + a.clip);
  return c * Math.max(free, (clipped - a.returns[i]!) ** 2);
}

/** Whether the loss of the step does not move with its value: it left the range, towards the return. */
function isClipped(a: ValueLossInput, i: number): boolean {
  if (!a.old_values || !(Math.abs(a.values[i]! - a.old_values[i]!) > a.clip)) return false;
  const c = a.scale === 'half' ? 0.5 : 1;
  return stepLoss(a, i, a.values[i]!) > c * (a.values[i]! - a.returns[i]!) ** 2;
}

export function valueLoss(args: OpArgs): Expected {
  const a = args as unknown as ValueLossInput;
  const { numerator, weights } = aggregated(a, (i) => stepLoss(a, i, a.values[i]!));
  const sequences = countedSequences(a);
  const steps = sequences.flat();
  const error = (i: number): number => a.returns[i]! - a.values[i]!;
  const dvalues = new Float64Array(a.T);
  for (const i of steps) {
    const slope = isClipped(a, i) ? 0 : (a.scale === 'half' ? -1 : -2) * error(i);
    dvalues[i] = (slope * weights[i]!) / a.denominator;
  }
  const finite = (i: number): boolean =>
    [a.values[i]!, a.returns[i]!, a.old_values?.[i] ?? 0].every(Number.isFinite);
  const metrics = [
    ...[numerator, steps.length, sequences.length, steps.filter((i) => isClipped(a, i)).length],
    ...[sum(steps.map(error)), sum(steps.map((i) => error(i) ** 2))],
    ...[sum(steps.map((i) => a.returns[i]!)), sum(steps.map((i) => a.returns[i]! ** 2))],
    Math.max(0, ...steps.map((i) => Math.abs(error(i))).filter((e) => !Number.isNaN(e))),
    steps.filter((i) => !finite(i)).length,
  ];
  return { loss: [numerator / a.denominator], dvalues, metrics, numerator: new Float64Array(12) };
}
