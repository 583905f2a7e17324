// Gradients of a model's parameters through micro-batches: a table of logits per token context under policyLoss, cut at
// random between sequences, against the whole batch. Identity; only float32 sums over tokens come in another order.
import { aggregate, lossOfParts, policyLoss, valueLoss } from '@anacrusis/ppo';
import { backward, embedding, mul, scope, tensor, tokenLogProbs } from '@anacrusis/tensor';
import { aggregations, packedSequences, Random } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const [contexts, V, denominator] = [6, 5, 41.5];

function batch(seed: number) {
  const r = new Random(seed);
  const { T, S, offsets, mask } = packedSequences(r, 12, 9);
  return {
    ...{ S, offsets, mask, context: r.i32(T, 0, contexts - 1), targets: r.i32(T, 0, V - 1) },
    ...{ oldLogp: r.f32(T, 0.3).map((x) => x - 1.6), advantages: r.f32(T) },
    weights: r.f32(contexts * V),
  };
}

type Batch = ReturnType<typeof batch>;
type Losses = (
  b: Batch,
  from: number,
  to: number,
  aggregation: (typeof aggregations)[number],
) => {
  gradient: Float32Array;
  numeratorSum?: Int32Array;
  loss: number;
};

/** Loss and gradient by the table of sequences [from, to). */
const policy: Losses = (b, from, to, aggregation) => {
  const [begin, end] = [b.offsets[from]!, b.offsets[to]!];
  const offsets = tensor(b.offsets.slice(from, to + 1).map((at) => at - begin));
  return scope(() => {
    const table = tensor(b.weights.slice(), [contexts, V]);
    table.requiresGrad = true;
    const logits = embedding(table, tensor(b.context.slice(begin, end)));
    const { logp, entropy } = tokenLogProbs({
      logits,
      targets: tensor(b.targets.slice(begin, end)),
    });
    const { loss, metrics } = policyLoss({
      ...{
        logp,
        entropy,
        offsets,
        mask: tensor(b.mask.slice(begin, end)),
        aggregation,
        denominator,
      },
      ...{ oldLogp: tensor(b.oldLogp.slice(begin, end)), entropyCoef: 0.1 },
      ...{ advantages: tensor(b.advantages.slice(begin, end)), clipLow: 0.2, clipHigh: 0.2 },
    });
    backward(loss);
    const { numeratorSum } = metrics;
    return {
      gradient: table.grad!.f32.slice(),
      numeratorSum,
      loss: metrics.numerator / denominator,
    };
  });
};

describe('micro-batches', () => {
  it.each(aggregations)('%s: 1,000 random cuts', (aggregation) => {
    const b = batch(3);
    const whole = policy(b, 0, b.S, aggregation);
    const scale = Math.hypot(...whole.gradient);
    const r = new Random(4);
    for (let round = 0; round < 1000; round++) {
      const cuts = [0, b.S, ...Array.from({ length: r.integer(1, 4) }, () => r.integer(0, b.S))];
      const at = [...new Set(cuts)].sort((x, y) => x - y);
      const parts = at.slice(1).map((to, i) => policy(b, at[i]!, to, aggregation));
      const sums = parts.map(({ numeratorSum }) => numeratorSum!);
      expect(lossOfParts(sums, denominator)).toBe(whole.loss);
      const off = whole.gradient.map(
        (g, k) => g - parts.reduce((sum, p) => sum + p.gradient[k]!, 0),
      );
      expect(Math.hypot(...off) / scale).toBeLessThan(1e-6);
    }
  });

  it('value losses and aggregates add up likewise', () => {
    const b = batch(5);
    const mask = tensor(b.mask);
    const offsets = tensor(b.offsets);
    const given = { mask, offsets, aggregation: 'seq-mean-token-mean', denominator } as const;
    const [values, returns] = [tensor(b.oldLogp), tensor(b.advantages)];
    const { loss } = valueLoss({ values, returns, half: true, ...given });
    const errors = tensor(b.oldLogp.map((v, i) => Math.fround(v - b.advantages[i]!) ** 2));
    const same = mul(aggregate({ losses: errors, ...given }), 0.5);
    // one rounding of each square, one of each loss
    expect(loss.item()).toBeCloseTo(same.item(), 6);
  });
});
