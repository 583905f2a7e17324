// policy_loss: its gradient against central differences of the float64 reference, invariance of the loss to how the
// batch is cut, and the refusal of offsets that do not rise to T.
import { ArgumentError, cpu } from '@anacrusis/native';
import { aggregations, allOpCases, packedSequences, Random, type OpArgs } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const { reference } = (await allOpCases()).find(({ op }) => op === 'policy_loss')!;
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

function batch(seed: number, S: number, longest: number) {
  const r = new Random(seed);
  const packed = packedSequences(r, S, longest);
  const old_logp = r.f32(packed.T);
  const moved = r.f32(packed.T, 0.3);
  const inputs = {
    logp: old_logp.map((x, i) => x + moved[i]!),
    old_logp,
    advantages: r.f32(packed.T),
  };
  return { ...packed, ...inputs, clip_low: 0.2, clip_high: 0.25 };
}

type Batch = ReturnType<typeof batch>;
type Aggregation = (typeof aggregations)[number];

function run(b: Batch, aggregation: Aggregation, denominator: number) {
  const outputs = {
    loss: new Float64Array(1),
    dlogp: new Float32Array(b.T),
    metrics: new Float64Array(8),
  };
  cpu.policy_loss({ ...b, aggregation, denominator, ...outputs });
  return outputs;
}

/** Sequences [from, to) of a batch. */
function part(b: Batch, from: number, to: number): Batch {
  const [begin, end] = [b.offsets[from]!, b.offsets[to]!];
  const offsets = b.offsets.slice(from, to + 1).map((offset) => offset - begin);
  const cut = <A extends Float32Array | Uint8Array>(array: A): A => array.slice(begin, end) as A;
  const arrays = { logp: cut(b.logp), old_logp: cut(b.old_logp), advantages: cut(b.advantages) };
  return { ...b, ...arrays, mask: cut(b.mask), offsets, T: end - begin, S: to - from };
}

describe('policy_loss', () => {
  it.each(aggregations)('%s: dlogp is the derivative of the loss', (aggregation) => {
    const b = batch(5, 11, 9);
    const { dlogp } = run(b, aggregation, 17.5);
    const at = (i: number, step: number): number => {
      const logp = Float64Array.from(b.logp);
      logp[i]! += step;
      const moved = { ...b, logp, aggregation, denominator: 17.5 } as unknown as OpArgs;
      return (reference(moved).loss as number[])[0]!;
    };
    for (let i = 0; i < b.T; i++) {
      const numeric = (at(i, 1e-6) - at(i, -1e-6)) / 2e-6;
      // float32 results below 1; differences of float64 losses good to 1e-16 / 1e-6
      expect(Math.abs(dlogp[i]! - numeric), `dlogp[${i}]`).toBeLessThan(1e-7);
    }
  });

  it.each(aggregations)('%s: the losses of 1,000 random cuts add up', (aggregation) => {
    const b = batch(6, 40, 23);
    const whole = run(b, aggregation, 123.25);
    const r = new Random(7);
    for (let round = 0; round < 1000; round++) {
      const cuts = [0, b.S, ...Array.from({ length: r.integer(1, 9) }, () => r.integer(0, b.S))];
      cuts.sort((x, y) => x - y);
      const parts = cuts.slice(1).map((to, i) => run(part(b, cuts[i]!, to), aggregation, 123.25));
      // only the order of float64 additions differs
      expect(Math.abs(sum(parts.map(({ loss }) => loss[0]!)) - whole.loss[0]!)).toBeLessThan(1e-12);
      expect(parts.flatMap(({ dlogp }) => [...dlogp])).toEqual([...whole.dlogp]);
      for (const counted of [1, 2, 3, 7]) {
        expect(sum(parts.map(({ metrics }) => metrics[counted]!))).toBe(whole.metrics[counted]);
      }
    }
  });

  it('weighs a long response by its length under token-mean, as any other under seq-mean-token-mean', () => {
    const offsets = Int32Array.of(0, 2, 10);
    const ones = new Float32Array(10).fill(1);
    const b = { ...batch(1, 1, 1), T: 10, S: 2, offsets, mask: new Uint8Array(10).fill(1) };
    const equal = { ...b, logp: ones, old_logp: ones, advantages: ones };
    // ratio 1, advantage 1: each token's gradient is minus its weight
    const weights = (aggregation: Aggregation, denominator: number): number[] => [
      ...run(equal, aggregation, denominator).dlogp,
    ];
    expect(weights('token-mean', 10)).toEqual(Array(10).fill(Math.fround(-1 / 10)));
    const perSequence = [...Array(2).fill(-1 / 4), ...Array(8).fill(-1 / 16)];
    expect(weights('seq-mean-token-mean', 2)).toEqual(perSequence);
    expect(weights('seq-mean-token-sum', 2)).toEqual(Array(10).fill(-1 / 2));
  });

  it('refuses offsets that do not rise from 0 to T', () => {
    const b = batch(9, 3, 8);
    const T = b.T;
    const bad: [number[], string][] = [
      [[1, 2, 3, T], 'offsets[0]'],
      [[0, 3, 2, T], 'offsets[2]'],
      [[0, 1, 2, T - 1], 'offsets[3]'],
    ];
    for (const [offsets, parameter] of bad) {
      const call = () => run({ ...b, offsets: Int32Array.from(offsets) }, 'token-mean', 1);
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(parameter);
    }
  });
});
