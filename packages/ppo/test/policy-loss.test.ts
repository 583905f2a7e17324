// policyLoss: its gradient on the tape against central differences of the clipped surrogate in float64, [B,T] against
// packed sequences, sums over micro-batches, and refusals in the function's own names. The loss itself is compared with
// a float64 reference in the op cases of policy_loss.
import { lossOfParts, policyLoss, type Aggregation, type PolicyLossInput } from '@anacrusis/ppo';
import { ArgumentError, backward, mul, tensor, type Tensor } from '@anacrusis/tensor';
import { Random } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const [B, T] = [5, 7];
const lengths = [7, 3, 0, 5, 1];

/** A batch of 5 rows; row 2 is masked wholly, the others behind their lengths and at places within. */
function batch(seed = 3) {
  const r = new Random(seed);
  const mask = Uint8Array.from({ length: B * T }, (_, i) =>
    i % T < lengths[Math.floor(i / T)]! && (i % T === 0 || r.uniform() < 0.7) ? 1 : 0,
  );
  const oldLogp = r.f32(B * T);
  const step = r.f32(B * T, 0.3);
  return { logp: oldLogp.map((x, i) => x + step[i]!), oldLogp, advantages: r.f32(B * T), mask };
}

type Arrays = Record<'logp' | 'oldLogp' | 'advantages', Float32Array> & { mask: Uint8Array };

function inputOf(arrays: Arrays, shape: number[], changes: Partial<PolicyLossInput> = {}) {
  const view = (array: Float32Array | Uint8Array): Tensor => tensor(array, shape);
  return {
    ...{
      logp: view(arrays.logp),
      oldLogp: view(arrays.oldLogp),
      advantages: view(arrays.advantages),
    },
    ...{ mask: view(arrays.mask), clipLow: 0.2, clipHigh: 0.28, denominator: 11.5 },
    aggregation: 'token-mean' as Aggregation,
    ...changes,
  };
}

/** -min(r A, clip(r) A), written out in float64. */
function surrogate(logRatio: number, A: number): number {
  const r = Math.exp(logRatio);
  return -Math.min(r * A, Math.min(Math.max(r, 0.8), 1.28) * A);
}

describe('policyLoss', () => {
  it('has a gradient by logp that passes through what follows', () => {
    const arrays = batch();
    const input = inputOf(arrays, [B, T], { aggregation: 'seq-mean-token-mean' });
    input.logp.requiresGrad = true;
    backward(mul(policyLoss(input).loss, 3));
    const grad = input.logp.grad!.f32;
    for (let i = 0; i < B * T; i++) {
      const row = Math.floor(i / T);
      const tokens = arrays.mask.subarray(row * T, (row + 1) * T).reduce((n, m) => n + m, 0);
      const at = (h: number): number =>
        surrogate(arrays.logp[i]! + h - arrays.oldLogp[i]!, arrays.advantages[i]!);
      const numeric = (at(1e-6) - at(-1e-6)) / 2e-6;
      const want = arrays.mask[i] ? (3 * numeric) / (tokens * 11.5) : 0;
      // float32 gradient below 1, differences good to 1e-9
      expect(Math.abs(grad[i]! - want), `gradient ${i}`).toBeLessThan(1e-7);
    }
  });

  it('gives packed sequences the loss and gradient of padded rows', () => {
    const arrays = batch();
    const kept = Array.from({ length: B * T }, (_, i) => i).filter(
      (i) => i % T < lengths[Math.floor(i / T)]!,
    );
    const pick = (array: Float32Array): Float32Array => Float32Array.from(kept, (i) => array[i]!);
    const packed = {
      ...{
        logp: pick(arrays.logp),
        oldLogp: pick(arrays.oldLogp),
        advantages: pick(arrays.advantages),
      },
      mask: Uint8Array.from(kept, (i) => arrays.mask[i]!),
    };
    const offsets = tensor(Int32Array.of(0, 7, 10, 10, 15, 16));
    for (const aggregation of [
      'token-mean',
      'seq-mean-token-mean',
      'seq-mean-token-sum',
    ] as const) {
      const rows = inputOf(arrays, [B, T], { aggregation });
      const flat = inputOf(packed, [kept.length], { aggregation, offsets });
      rows.logp.requiresGrad = flat.logp.requiresGrad = true;
      rows.logp.requiresGrad = flat.logp.requiresGrad = true;
      const [a, b] = [policyLoss(rows), policyLoss(flat)];
      expect(b.metrics.numerator).toBeCloseTo(a.metrics.numerator, 12);
      expect([b.metrics.tokens, b.metrics.sequences]).toEqual([
        a.metrics.tokens,
        a.metrics.sequences,
      ]);
      backward(a.loss);
      backward(b.loss);
      expect([...flat.logp.grad!.f32]).toEqual([...pick(rows.logp.grad!.f32)]);
    }
  });

  it('adds up over micro-batches, in loss and in metrics weighted by their counts', () => {
    const arrays = batch();
    const whole = policyLoss(inputOf(arrays, [B, T])).metrics;
    const part = (from: number, to: number) => {
      const cut = <A extends Float32Array | Uint8Array>(array: A): A =>
        array.slice(from * T, to * T) as A;
      const cuts = {
        logp: cut(arrays.logp),
        oldLogp: cut(arrays.oldLogp),
        advantages: cut(arrays.advantages),
      };
      return policyLoss(inputOf({ ...cuts, mask: cut(arrays.mask) }, [to - from, T])).metrics;
    };
    const parts = [part(0, 2), part(2, 3), part(3, 5)];
    const total = (value: (m: typeof whole) => number): number =>
      parts.reduce((sum, m) => sum + value(m), 0);
    expect(total((m) => m.numerator)).toBeCloseTo(whole.numerator, 12);
    expect(total((m) => m.clipFrac * m.tokens)).toBeCloseTo(whole.clipFrac * whole.tokens, 12);
    expect(total((m) => m.approxKl * m.tokens)).toBeCloseTo(whole.approxKl * whole.tokens, 12);
    expect(parts[1]).toEqual({
      ...{ numerator: 0, denominator: 11.5, numeratorSum: new Int32Array(12), tokens: 0 },
      ...{ sequences: 0, surrogate: 0, clipFrac: 0, clipFracLow: 0, clipFracHigh: 0 },
      ...{ clipFracDual: 0, approxKl: 0, oldApproxKl: 0, approxKlK2: 0, meanRatio: 0, maxRatio: 0 },
      ...{ effectiveSampleSize: 0, clampedLogRatios: 0, nonFinite: 0 },
    });
    const sums = [2, 0, 1].map((i) => parts[i]!.numeratorSum);
    expect(lossOfParts(sums, 11.5)).toBe(whole.numerator / 11.5);
  });

  it('needs no offsets for the mean over tokens', () => {
    const aggregation = 'token-mean';
    const rows = inputOf(batch(), [B, T], { aggregation });
    const flat = inputOf(batch(), [B * T], { aggregation });
    rows.logp.requiresGrad = flat.logp.requiresGrad = true;
    const [a, b] = [policyLoss(rows), policyLoss(flat)];
    backward(a.loss);
    backward(b.loss);
    expect(b.metrics).toEqual({ ...a.metrics, sequences: 1 });
    expect([...flat.logp.grad!.f32]).toEqual([...rows.logp.grad!.f32]);
  });

  it('has ratio 1, no clipping and no divergence when nothing has changed', () => {
    const arrays = batch();
    const { metrics } = policyLoss(inputOf({ ...arrays, logp: arrays.oldLogp.slice() }, [B, T]));
    expect(metrics).toMatchObject({ clipFrac: 0, approxKl: 0, oldApproxKl: 0, maxRatio: 1 });
  });

  it('refuses in its own names', () => {
    const good = inputOf(batch(), [B, T]);
    const bad: [Partial<PolicyLossInput>, RegExp][] = [
      [{ denominator: 0 }, /policyLoss: denominator: expected .* > 0, received 0/],
      [{ denominator: NaN }, /policyLoss: denominator/],
      [{ clipLow: -0.1 }, /policyLoss: clipLow: expected .* >= 0/],
      [
        { aggregation: 'mean' as Aggregation },
        /policyLoss: aggregation: expected one of 'token-mean'/,
      ],
      [
        { mask: tensor(new Uint8Array(B * T), [T, B]) },
        /policyLoss: mask: expected shape \[5, 7\]/,
      ],
      [
        { logp: tensor(new Float32Array(B * T)), aggregation: 'seq-mean-token-mean' },
        /policyLoss: logp: expected shape \[B, T\], \[T\] with offsets/,
      ],
      [{ mask: tensor(new Uint8Array(B * T).fill(2), [B, T]) }, /policyLoss: mask\[0\]/],
      [{ clipCoef: 0.2 } as Partial<PolicyLossInput>, /clipCoef/],
    ];
    for (const [changes, text] of bad) {
      const call = () => policyLoss({ ...good, ...changes });
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(text);
    }
  });
});
