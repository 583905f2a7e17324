// The derivatives that unary_backward is held to, against central differences of the forward reference.
import { allOpCases, numericalGradient, Random, weightedSum } from '@anacrusis/testing';
import { expect, it } from 'vitest';

const everyCase = await allOpCases();
const reference = (op: string) => everyCase.find((cases) => cases.op === op)!.reference;
const functions = 'neg|abs|exp|log|sqrt|rsqrt|square|reciprocal|relu|tanh|sigmoid|silu'.split('|');

it.each(functions)('unary_backward of %s', (fn) => {
  const random = new Random(3);
  const n = 9;
  const sign = ['log', 'sqrt', 'rsqrt'].includes(fn) ? 1 : -1;
  const x = Float64Array.from({ length: n }, (_, i) => sign ** i * random.uniform(0.3, 2.5));
  const dy = Float64Array.from({ length: n }, () => random.normal());
  const loss = (at: Float64Array) =>
    weightedSum(dy, reference('unary')({ n, x: at, fn })['y'] as Float64Array);
  const dx = reference('unary_backward')({ n, x, dy, fn })['dx'] as Float64Array;
  numericalGradient(loss, x).forEach((want, i) => expect(dx[i]).toBeCloseTo(want, 7));
});
