// aggregate: hand-made sequences, whose four losses are short sums, and its gradient.
import { aggregate, type Aggregation } from '@anacrusis/ppo';
import { ArgumentError, backward, tensor } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';

// two responses: losses 1, 3 (one more is masked) and 5; a third masked wholly
const losses = () => tensor(Float32Array.of(1, 3, NaN, 5, 9, 9), [3, 2]);
const mask = tensor(Uint8Array.of(1, 1, 0, 1, 0, 0), [3, 2]);

describe('aggregate', () => {
  it.each([
    ['token-mean', 3, 9 / 3],
    ['seq-mean-token-mean', 2, (2 + 5) / 2],
    ['seq-mean-token-sum', 2, (4 + 5) / 2],
    ['seq-mean-token-sum-norm', 2 * 10, (4 + 5) / 20],
  ] as const)('%s', (aggregation, denominator, want) => {
    expect(aggregate({ losses: losses(), mask, aggregation, denominator }).item()).toBeCloseTo(
      want,
      6,
    );
  });

  it('has the weight of each token as gradient', () => {
    const input = losses();
    input.requiresGrad = true;
    backward(
      aggregate({ losses: input, mask, aggregation: 'seq-mean-token-mean', denominator: 2 }),
    );
    expect([...input.grad!.f32]).toEqual([0.25, 0.25, 0, 0.5, 0, 0]);
  });

  it('refuses a mode that it does not know and offsets without an element', () => {
    const call = (changes: object) => () =>
      aggregate({ losses: losses(), mask, aggregation: 'token-mean', denominator: 3, ...changes });
    expect(call({ aggregation: 'sum' as Aggregation })).toThrow(ArgumentError);
    const flat = { losses: tensor(new Float32Array(0)), mask: tensor(new Uint8Array(0)) };
    expect(call({ ...flat, offsets: tensor(new Int32Array(0)) })).toThrow(
      /offsets: expected shape \[S\+1\]/,
    );
  });
});
