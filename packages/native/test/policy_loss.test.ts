// policy_loss: its gradients against central differences of the papers' objectives in float64, invariance of loss and
// gradients to how the batch is cut, to the bit, what ratio 1, the clip edges and masked tokens give, and refusals.
import { ArgumentError, cpu, type PolicyLossArgs } from '@anacrusis/native';
import {
  aggregations,
  allOpCases,
  packedLengths,
  packedSequences,
  Random,
  type Packed,
} from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';
import { policyLossAt } from './policy-loss-at.js';

type Aggregation = (typeof aggregations)[number];
type Settings = Partial<PolicyLossArgs>;

const neutral = {
  ...{ objective: 'ppo', ratio: 'token', clip_low: 0.2, clip_high: 0.25, ratio_cap: 1.4 },
  ...{ positive_weight: 0.8, negative_weight: 0.6, behavior_cap: 1.1 },
  ...{ kl: 'none', kl_gradient: 'own', kl_coef: 0, entropy_coef: 0 },
} as const;
const allTerms = { kl: 'k3', kl_coef: 0.2, entropy_coef: 0.03 } as const;

function batchOf(r: Random, packed: Packed, step = 0.3) {
  const old_logp = r.f32(packed.T);
  const near = (): Float32Array => {
    const moved = r.f32(packed.T, step);
    return old_logp.map((x, i) => x + moved[i]!);
  };
  const inputs = { logp: near(), old_logp, behavior_logp: near(), ref_logp: near() };
  const [advantages, entropy] = [r.f32(packed.T), r.f32(packed.T)];
  return { ...packed, ...neutral, ...inputs, advantages, entropy };
}

type Batch = ReturnType<typeof batchOf>;
const batch = (seed: number, S: number, longest: number): Batch => {
  const r = new Random(seed);
  return batchOf(r, packedSequences(r, S, longest));
};

function run(
  b: Batch,
  settings: Settings,
  aggregation: Aggregation = 'token-mean',
  denominator = 123.25,
) {
  const outputs = {
    loss: new Float64Array(1),
    dlogp: new Float32Array(b.T),
    dentropy: new Float32Array(b.T),
    metrics: new Float64Array(20),
    numerator: new Int32Array(12),
  };
  const args = { ...b, ...settings, aggregation, denominator, ...outputs };
  cpu.policy_loss(args as PolicyLossArgs);
  return outputs;
}

/** Sequences [from, to) of a batch. */
function part(b: Batch, from: number, to: number): Batch {
  const [begin, end] = [b.offsets[from]!, b.offsets[to]!];
  const cut = Object.entries(b).map(([name, value]) => [
    name,
    ArrayBuffer.isView(value) ? (value as Float32Array).slice(begin, end) : value,
  ]);
  const offsets = b.offsets.slice(from, to + 1).map((offset) => offset - begin);
  return { ...(Object.fromEntries(cut) as Batch), offsets, T: end - begin, S: to - from };
}

const objectives = ['reinforce', 'ppo', 'dual-clip', 'tis', 'cispo', 'topr'] as const;
const ratios = ['token', 'sequence', 'sequence-token', 'product'] as const;

describe('policy_loss', () => {
  const everyLoss = objectives.flatMap((objective) =>
    ratios.map((ratio) => [objective, ratio] as const),
  );

  it.each(everyLoss)('%s, ratio %s: derivatives of the loss', (objective, ratio) => {
    for (const [k, aggregation] of aggregations.entries()) {
      const b = batch(5 + k, 7, 9);
      // GSPO's ratio moves with all tokens, so only what is alike within the sequence may multiply it
      const weighted = ratio === 'sequence' ? { behavior_logp: undefined } : {};
      const settings = { objective, ratio, ...allTerms, ...weighted };
      const { dlogp, dentropy } = run(b, settings, aggregation, 17.5);
      const loss = policyLossAt({ ...b, ...settings, aggregation, denominator: 17.5 });
      const numeric = (name: 'logp' | 'entropy', i: number): number => {
        const at = (step: number): number => {
          const moved = Float64Array.from(b[name]);
          moved[i]! += step;
          return loss(name === 'logp' ? moved : b.logp, name === 'entropy' ? moved : b.entropy);
        };
        return (at(1e-6) - at(-1e-6)) / 2e-6;
      };
      for (let i = 0; i < b.T; i++) {
        // float32 results below 1; differences of float64 losses good to 1e-16 / 1e-6
        expect(Math.abs(dlogp[i]! - numeric('logp', i)), `dlogp[${i}]`).toBeLessThan(2e-7);
        expect(Math.abs(dentropy[i]! - numeric('entropy', i)), `dentropy[${i}]`).toBeLessThan(1e-9);
      }
    }
  });

  const cuts: [Aggregation, Settings][] = aggregations.flatMap((aggregation) =>
    [{}, { ratio: 'sequence', objective: 'dual-clip', ...allTerms } as const].map(
      (settings) => [aggregation, settings] as [Aggregation, Settings],
    ),
  );

  it.each(cuts)('%s, %o: 1,000 random cuts give the same bits', (aggregation, settings) => {
    const b = batch(6, 40, 23);
    const whole = run(b, settings, aggregation);
    const r = new Random(7);
    for (let round = 0; round < 1000; round++) {
      const at = [0, b.S, ...Array.from({ length: r.integer(1, 9) }, () => r.integer(0, b.S))];
      at.sort((x, y) => x - y);
      const parts = at.slice(1).map((to, i) => run(part(b, at[i]!, to), settings, aggregation));
      parts.sort(() => r.uniform(-1, 1));
      const sums = Int32Array.from(parts.flatMap(({ numerator }) => [...numerator]));
      const total = { value: new Float64Array(1), total: new Int32Array(12) };
      cpu.exact_sum({ n: parts.length, sums, ...total });
      expect(total.value[0]! / 123.25).toBe(whole.loss[0]);
      expect(total.total).toEqual(whole.numerator);
      for (const counted of [1, 2, 3, 4, 5, 17, 18, 19]) {
        const count = parts.reduce((sum, { metrics }) => sum + metrics[counted]!, 0);
        expect(count).toBe(whole.metrics[counted]);
      }
    }
  });

  it.each(cuts)('%s, %o: coefficients have the same bits in every cut', (aggregation, settings) => {
    const r = new Random(8);
    // beyond the runs of 512 tokens that the CPU takes at once
    const b = batchOf(r, packedLengths(3, 511, 0, 700, 31, 1, 512, 513, 40, 9, 130, 77));
    const whole = run(b, settings, aggregation);
    for (let round = 0; round < 1000; round++) {
      const [from, to] = [r.integer(0, b.S), r.integer(0, b.S)].sort((x, y) => x - y) as [
        number,
        number,
      ];
      const { dlogp, dentropy } = run(part(b, from, to), settings, aggregation);
      const same = (x: Float32Array, y: Float32Array): boolean =>
        Buffer.from(x.buffer).equals(Buffer.from(y.slice(b.offsets[from], b.offsets[to]).buffer));
      expect(same(dlogp, whole.dlogp) && same(dentropy, whole.dentropy)).toBe(true);
    }
  });

  it('has ratio 1, no bound and no divergence where nothing has moved', () => {
    const b = batch(9, 12, 20);
    const still = { ...b, logp: b.old_logp, behavior_logp: b.old_logp, ref_logp: b.old_logp };
    for (const objective of ['ppo', 'dual-clip'] as const) {
      for (const ratio of ['token', 'sequence-token'] as const) {
        const { loss, dlogp, metrics } = run(still, { objective, ratio });
        const counted = b.advantages.map((A, i) => (b.mask[i] ? A : 0));
        const sum = counted.reduce((total, A) => total + A, 0);
        expect(loss[0]).toBeCloseTo(-sum / 123.25, 12);
        const scale = Math.fround(1 / 123.25);
        expect([...dlogp]).toEqual([...counted.map((A) => Math.fround(-A * scale) + 0)]);
        const [tokens] = metrics.subarray(1);
        expect([...metrics.subarray(3, 12)]).toEqual([0, 0, 0, 0, 0, 0, tokens, tokens, 1]);
      }
    }
  });

  it.each([
    // advantage, log-ratio, loss / -A, gradient / -A; clip range [0.8, 1.25], dual clip 1.4
    ['ppo', 2, 0.2231, Math.exp(0.2231), Math.exp(0.2231), 'just below the upper edge'],
    ['ppo', 2, 0.2232, 1.25, 0, 'just above it'],
    [
      'ppo',
      2,
      -0.3,
      Math.exp(-0.3),
      Math.exp(-0.3),
      'below the lower edge, which the update undoes',
    ],
    ['ppo', -2, -0.2231, Math.exp(-0.2231), Math.exp(-0.2231), 'just above the lower edge'],
    ['ppo', -2, -0.2232, 0.8, 0, 'just below it'],
    ['ppo', -2, 0.3, Math.exp(0.3), Math.exp(0.3), 'above the upper edge, which the update undoes'],
    ['dual-clip', -2, 0.3364, Math.exp(0.3364), Math.exp(0.3364), 'just below the dual clip'],
    ['dual-clip', -2, 0.3366, 1.4, 0, 'just above it'],
    ['dual-clip', 2, 0.3366, 1.25, 0, 'positive advantages have none'],
  ] as const)('%s, A %d, log-ratio %d: %d and gradient %d, %6$s', (...row) => {
    const [objective, A, d, value, slope] = row;
    const made = batchOf(new Random(1), {
      T: 1,
      S: 1,
      offsets: Int32Array.of(0, 1),
      mask: Uint8Array.of(1),
    });
    const b = { ...made, logp: Float32Array.of(d), old_logp: Float32Array.of(0) };
    const point = {
      ...b,
      behavior_logp: undefined,
      advantages: Float32Array.of(A),
    } as unknown as Batch;
    const { loss, dlogp } = run(point, { objective }, 'token-mean', 1);
    expect(loss[0]).toBeCloseTo(-A * value, 5);
    expect(dlogp[0]).toBeCloseTo(-A * slope, 5);
  });

  it('keeps loss and gradient finite for log-ratios of 1e4, and counts them', () => {
    for (const objective of objectives) {
      for (const far of [1e4, -1e4]) {
        const b = batch(11, 9, 12);
        const first = b.mask.indexOf(1);
        for (const name of ['old_logp', 'ref_logp'] as const) b[name][first]! += far;
        const { loss, dlogp, metrics } = run(b, { objective, ...allTerms });
        expect([loss[0]!, ...dlogp, ...metrics].every(Number.isFinite)).toBe(true);
        expect([metrics[18], metrics[19]]).toEqual([1, 0]);
      }
    }
  });

  it('has the bits of zeros where masked inputs are NaN or infinite', () => {
    for (const objective of objectives) {
      for (const ratio of ratios) {
        const filled = [0, NaN, Infinity, -Infinity].map((value) => {
          const b = batch(12, 15, 20);
          const names = [
            'logp',
            'old_logp',
            'behavior_logp',
            'ref_logp',
            'advantages',
            'entropy',
          ] as const;
          for (const name of names) b[name] = b[name].map((x, i) => (b.mask[i] ? x : value));
          const made = run(b, { objective, ratio, ...allTerms }, 'seq-mean-token-mean');
          return Object.values(made).map((array) => Buffer.from(array.buffer).toString('hex'));
        });
        for (const other of filled) expect(other).toEqual(filled[0]);
      }
    }
  });

  it('has loss 0 and metrics 0 where all is masked', () => {
    const b = { ...batch(13, 5, 9) };
    b.mask = b.mask.map(() => 0);
    const { loss, dlogp, metrics } = run(b, allTerms);
    expect([loss[0], ...dlogp, ...metrics].every((x) => x === 0)).toBe(true);
  });

  it('weighs a long response by its length under token-mean, as any other under seq-mean-token-mean', () => {
    const ones = new Float32Array(10).fill(1);
    const packed = {
      T: 10,
      S: 2,
      offsets: Int32Array.of(0, 2, 10),
      mask: new Uint8Array(10).fill(1),
    };
    const b = { ...batchOf(new Random(1), packed), logp: ones, old_logp: ones, advantages: ones };
    // ratio 1, advantage 1: each token's gradient is minus its weight
    const weights = (aggregation: Aggregation, denominator: number): number[] => [
      ...run({ ...b, behavior_logp: ones }, {}, aggregation, denominator).dlogp,
    ];
    expect(weights('token-mean', 10)).toEqual(Array(10).fill(Math.fround(-1 / 10)));
    const perSequence = [...Array(2).fill(-1 / 4), ...Array(8).fill(-1 / 16)];
    expect(weights('seq-mean-token-mean', 2)).toEqual(perSequence);
    expect(weights('seq-mean-token-sum', 2)).toEqual(Array(10).fill(-1 / 2));
  });

  it('refuses what would silently be another loss', () => {
    const b = batch(14, 3, 8);
    const bad: [Settings, string][] = [
      [{ offsets: Int32Array.of(1, 2, 3, b.T) }, 'offsets[0]'],
      [{ offsets: Int32Array.of(0, 3, 2, b.T) }, 'offsets[2]'],
      [{ offsets: Int32Array.of(0, 1, 2, b.T - 1) }, 'offsets[3]'],
      [{ kl: 'k3', kl_coef: 0.1, ref_logp: undefined }, 'ref_logp'],
      [{ kl: 'full', kl_coef: 0.1 }, 'kl_divergence'],
      [{ kl_coef: 0.1 }, 'kl_coef'],
      [{ entropy_coef: 0.1, entropy: undefined }, 'entropy'],
      [{ objective: 'dual-clip', ratio_cap: 1 }, 'ratio_cap'],
    ];
    for (const [settings, parameter] of bad) {
      expect(() => run(b, settings)).toThrow(ArgumentError);
      expect(() => run(b, settings)).toThrow(parameter);
    }
  });

  it('has at least 200 cases', async () => {
    const ops = [
      'policy_loss',
      'value_loss',
      'aggregate',
      'normalize_advantages',
      'exact_sum',
      'approx_kl',
      'shape_advantages',
    ];
    for (const { op, cases } of await allOpCases()) {
      if (ops.includes(op)) expect(cases.length, op).toBeGreaterThanOrEqual(200);
    }
  });
});
