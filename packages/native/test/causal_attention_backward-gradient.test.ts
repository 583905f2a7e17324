// The reference that the backward op is held to, against central differences of the forward reference.
import {
  allOpCases,
  attentionArgs,
  numericalGradient,
  Random,
  weightedSum,
} from '@anacrusis/testing';
import { expect, it } from 'vitest';

const everyCase = await allOpCases();
const reference = (op: string) => everyCase.find((cases) => cases.op === op)!.reference;

it.each(['q', 'k', 'v'])('d%s', (name) => {
  const random = new Random(11);
  const input = attentionArgs(random, [6, 2, 3, [5, 0, 4]]);
  const dy = random.f32(input.T * 6 * 3);
  const loss = (at: Float64Array) => {
    const { y } = reference('causal_attention')({ ...input, [name]: at });
    return weightedSum(dy, y as Float64Array);
  };
  const gradients = reference('causal_attention_backward')({ ...input, dy });
  const wants = numericalGradient(loss, input[name] as Float32Array);
  wants.forEach((want, i) =>
    expect((gradients[`d${name}`] as Float64Array)[i]).toBeCloseTo(want, 7),
  );
});
