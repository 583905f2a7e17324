// The CUDA kernels on the SIMT emulator: identities that need no reference, adversarial inputs, and the friendly
// functions on tensors of a device. The op cases themselves run in packages/native.
import {
  attentionMetrics,
  attentionMetricsFromMaps,
  headMean,
  headSpans,
  observedAttentionScores,
  snapKvScores,
  tovaScores,
  type HeadMetrics,
} from '@anacrusis/attention';
import { device } from '@anacrusis/native';
import { tensor, type Tensor } from '@anacrusis/tensor';
import { useEmulator } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';
import { denseFai, denseMaps, denseWaad, randomQk } from './dense.js';

useEmulator();
const o = { window: 6, hLo: 3, hHi: 30 };
const there = (x: Tensor): Tensor => x.to('cuda:0');
const read = (x: Tensor): number[] => Array.from(x.read());
const signals = ({ waad, fai, lse, span }: HeadMetrics): number[][] =>
  [waad, fai, lse, span].map(read);

function closeTo(got: Tensor, want: Tensor, rel = 2e-5, abs = 4e-5): void {
  const [a, b] = [read(got), read(want)];
  expect(a.length).toBe(b.length);
  b.forEach((x, i) =>
    expect(Math.abs(a[i]! - x), `${i}`).toBeLessThanOrEqual(abs + rel * Math.abs(x)),
  );
}

/** [B,H,T,D] cut into packed sequences [sum T,H,D], in an order. */
function pack(x: Tensor, lengths: number[], order: number[]): Tensor {
  const [, H, T, D] = x.shape as [number, number, number, number];
  const rows: number[] = [];
  for (const b of order) {
    for (let t = 0; t < lengths[b]!; t++) {
      for (let h = 0; h < H; h++) {
        const row = ((b * H + h) * T + t) * D;
        rows.push(...x.f32.subarray(row, row + D));
      }
    }
  }
  return tensor(Float32Array.from(rows), [rows.length / H / D, H, D]);
}

describe('friendly functions on a device', () => {
  const { q, k } = randomQk({ B: 2, H: 4, Hkv: 2, T: 70, D: 24 }, 20);
  const [dq, dk] = [there(q), there(k)];

  it('attentionMetrics, with heads, groups and a given log-sum-exp', () => {
    const [here, far] = [
      attentionMetrics({ q, k, ...o }),
      attentionMetrics({ q: dq, k: dk, ...o }),
    ];
    expect(far.waad.device).toBe('cuda:0');
    for (const name of ['waad', 'lse', 'span'] as const) closeTo(far[name], here[name]);
    closeTo(far.fai, here.fai, 2e-5, 1e-12);
    expect(read(far.horizon)).toEqual(read(here.horizon));
    expect(read(far.spanRows)).toEqual([70, 70]);
    const heads = { local: [0, 3], global: [2] };
    const banded = attentionMetrics({ q: dq, k: dk, lse: far.lse, ...o, heads });
    const sums = attentionMetrics({ q, k, ...o, heads });
    closeTo(banded.waad, sums.waad, 2e-5, 1e-4);
    closeTo(banded.fai, sums.fai, 3e-5, 1e-12);
    const groups = attentionMetrics({ q: dq, k: dk, ...o, groups: 'mean' });
    closeTo(groups.fai, attentionMetrics({ q, k, ...o, groups: 'mean' }).fai, 2e-5, 1e-12);
    closeTo(headSpans([far]), headSpans([here]));
    const values = { values: [far.waad], heads: [[1, 2]] };
    closeTo(headMean(values), headMean({ values: [here.waad], heads: [[1, 2]] }));
  });

  it('scores for cache eviction', () => {
    const both = [
      [observedAttentionScores({ q: dq, k: dk }), observedAttentionScores({ q, k })],
      [snapKvScores({ q: dq, k: dk, windowSize: 9 }), snapKvScores({ q, k, windowSize: 9 })],
      [tovaScores({ q: dq, k: dk }), tovaScores({ q, k })],
    ] as const;
    for (const [far, here] of both) closeTo(far, here, 3e-5, 1e-12);
  });

  it('maps that were kept', () => {
    const data = new Float32Array(2 * 4 * 70 * 70);
    denseMaps(q, k)
      .flat(2)
      .forEach((row, i) => data.set(row, i * 70));
    const maps = tensor(data, [2, 4, 70, 70]);
    const far = attentionMetricsFromMaps({ maps: there(maps), ...o });
    const here = attentionMetricsFromMaps({ maps, ...o });
    closeTo(far.waad, here.waad);
    closeTo(far.fai, here.fai, 2e-5, 1e-12);
    closeTo(far.span!, here.span!);
  });

  it('bfloat16 of the device', () => {
    const words = (x: Tensor): Uint16Array =>
      Uint16Array.from(new Uint32Array(x.f32.slice().buffer), (word) => word >>> 16);
    const half = (x: Tensor) => ({ dtype: 'bf16' as const, data: words(x), shape: x.shape });
    const upload = (x: Tensor) => ({
      ...half(x),
      data: device('cuda:0').upload(words(x), 'bf16'),
    });
    const far = attentionMetrics({ q: upload(q), k: upload(k), ...o });
    closeTo(far.waad, attentionMetrics({ q: half(q), k: half(k), ...o }).waad);
    expect(() => attentionMetrics({ q: upload(q), k: half(k), ...o })).toThrow(
      /k: expected.*cuda:0/,
    );
  });
});

describe('identities on a device', () => {
  const { q, k } = randomQk({ B: 3, H: 2, Hkv: 1, T: 131, D: 16 }, 9);
  q.f32.copyWithin(131 * 16, 0, 131 * 16); // both heads of the first sequence alike
  const whole = { window: 6, hLo: 0, hHi: Infinity };
  const all = attentionMetrics({ q: there(q), k: there(k), ...whole });

  it('columns over the whole future add up to the number of queries; WAAD in [0, min(t, W)]', () => {
    const [fai, waad, counts] = [all.fai, all.waad, all.horizon].map(read);
    for (let i = 0; i < 6; i++) {
      const total = fai!
        .slice(i * 131, i * 131 + 131)
        .reduce((sum, f, s) => sum + f * counts![s]!, 0);
      expect(Math.abs(total - 131)).toBeLessThan(1e-3);
    }
    waad!.forEach((value, i) => {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(Math.min(i % 131, 6) * (1 + 1e-6));
    });
  });

  it('equal heads have equal bits', () => {
    for (const rows of [all.waad, all.fai, all.lse].map(read)) {
      expect(rows.slice(0, 131)).toEqual(rows.slice(131, 262));
    }
  });

  it('packed sequences have the bits that they have alone, in any order', () => {
    const lengths = [131, 1, 77];
    const run = (order: number[]): number[][] => {
      const ends = order.map((_, i) => order.slice(0, i + 1).reduce((n, b) => n + lengths[b]!, 0));
      const offsets = tensor(Int32Array.from([0, ...ends]));
      const metrics = attentionMetrics({
        q: there(pack(q, lengths, order)),
        k: there(pack(k, lengths, order)),
        offsets,
        ...o,
      });
      const T = ends.at(-1)!;
      const parts: number[][] = [];
      order.forEach((b, i) => {
        parts[b] = [0, 1].flatMap((h) =>
          signals(metrics)
            .slice(0, 3)
            .flatMap((rows) => rows.slice(h * T + ends[i]! - lengths[b]!, h * T + ends[i]!)),
        );
      });
      return parts;
    };
    const first = run([0, 1, 2]);
    expect(run([2, 0, 1])).toEqual(first);
    expect([run([0])[0], run([1])[1], run([2])[2]]).toEqual(first);
  });
});

describe('adversarial inputs on a device', () => {
  const paper = { window: 10, hLo: 10, hHi: 100 };

  it('a sink: one huge score per row', () => {
    const { q, k } = randomQk({ B: 1, H: 2, Hkv: 1, T: 90, D: 16 }, 5);
    for (let t = 0; t < 180; t++) q.f32[t * 16] = 12;
    for (let s = 0; s < 90; s++) k.f32[s * 16] = s === 0 ? 20 : -0.1;
    const metrics = attentionMetrics({ q: there(q), k: there(k), ...paper });
    const [waad, fai] = [read(metrics.waad), read(metrics.fai)];
    denseMaps(q, k)[0]!.forEach((map, h) => {
      const slack = 60; // scores of 60
      denseWaad(map, 10).forEach((want, t) =>
        expect(Math.abs(waad[h * 90 + t]! - want)).toBeLessThanOrEqual(slack * 1e-5 * (10 + want)),
      );
      denseFai(map, 10, 100).forEach((want, s) => {
        if (Number.isNaN(want)) return expect(fai[h * 90 + s]).toBe(0);
        expect(Math.abs(fai[h * 90 + s]! - want)).toBeLessThanOrEqual(slack * 2e-5 * want + 1e-30);
      });
    });
  });

  it('scores of +-1e4', () => {
    const { q, k } = randomQk({ B: 1, H: 2, Hkv: 2, T: 60, D: 4 }, 6, 1e4);
    const metrics = attentionMetrics({ q: there(q), k: there(k), ...paper });
    const waad = read(metrics.waad);
    denseMaps(q, k)[0]!.forEach((map, h) => {
      denseWaad(map, 10).forEach((want, t) =>
        expect(Math.abs(waad[h * 60 + t]! - want)).toBeLessThan(0.05),
      );
    });
    expect(read(metrics.lse).every(Number.isFinite)).toBe(true);
  });

  it('NaN in one row stays there', () => {
    const { q, k } = randomQk({ B: 2, H: 2, Hkv: 1, T: 80, D: 16 }, 7);
    q.f32[(2 * 80 + 9) * 16] = NaN; // second sequence, head 0, row 9
    const { waad, fai } = attentionMetrics({ q: there(q), k: there(k), ...o });
    const broken = (x: Tensor): number[] => read(x).flatMap((v, i) => (Number.isNaN(v) ? [i] : []));
    expect(broken(waad)).toEqual([2 * 80 + 9]);
    expect(broken(fai)).toEqual([0, 1, 2, 3, 4, 5, 6].map((s) => 2 * 80 + s));
  });
});
