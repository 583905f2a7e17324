// Other forms of the same signals: 16-bit inputs, groups of heads, maps that were kept.
import {
  attentionMetrics,
  attentionMetricsFromMaps,
  type HalfArray,
  type MapMetrics,
} from '@anacrusis/attention';
import { tensor, type Tensor } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';
import { denseFai, denseMaps, denseWaad, randomQk } from './dense.js';

const o = { window: 6, hLo: 3, hHi: 30 };
const { q, k } = randomQk({ B: 2, H: 4, Hkv: 2, T: 80, D: 24 }, 20);

/** Upper halves of the floats, and what they stand for. */
function cut(x: Tensor): { bits: HalfArray; value: Tensor } {
  const words = new Uint32Array(x.f32.slice().buffer);
  const data = Uint16Array.from(words, (word) => word >>> 16);
  const value = new Float32Array(Uint32Array.from(data, (half) => half << 16).buffer);
  return { bits: { dtype: 'bf16', data, shape: x.shape }, value: tensor(value, x.shape) };
}

describe('bfloat16', () => {
  it('queries and keys: as their values in float32, to the rounding of a sum', () => {
    const [cq, ck] = [cut(q), cut(k)];
    const half = attentionMetrics({ q: cq.bits, k: ck.bits, ...o });
    const full = attentionMetrics({ q: cq.value, k: ck.value, ...o });
    full.waad.f32.forEach((want, i) => expect(half.waad.f32[i]).toBeCloseTo(want, 4));
    full.fai.f32.forEach((want, i) => expect(half.fai.f32[i]).toBeCloseTo(want, 6));
  });

  it('is refused in another shape, or beside float32', () => {
    const [cq, ck] = [cut(q), cut(k)];
    const call = (more: object) => () =>
      attentionMetrics({ q: cq.bits, k: ck.bits, ...o, ...more } as never);
    expect(call({ k })).toThrow(/k: expected bf16 as q, received f32/);
    expect(call({ k: { ...ck.bits, shape: [2, 2, 81, 24] } })).toThrow(
      /k: expected shape \[2, any, 80, 24\]/,
    );
    expect(call({ k: { ...ck.bits, data: new Uint16Array(5) } })).toThrow(/of 5/);
    expect(call({ q: { ...cq.bits, dtype: 'f32' } })).toThrow(/q.dtype.*'bf16' or 'f16'/);
  });
});

it('more keys than are packed at a time: the bits of every sequence alone', () => {
  // 3 x 700 tokens of 8 key heads of 256 are 17 MB.
  const all = randomQk({ B: 3, H: 8, Hkv: 8, T: 700, D: 256 }, 21);
  const together = attentionMetrics({ ...all, ...o });
  for (let b = 0; b < 3; b++) {
    const n = 8 * 700;
    const part = (x: Tensor): Tensor =>
      tensor(x.f32.slice(b * n * 256, (b + 1) * n * 256), [1, 8, 700, 256]);
    const alone = attentionMetrics({ q: part(all.q), k: part(all.k), ...o });
    for (const name of ['waad', 'fai', 'lse'] as const) {
      expect(together[name].f32.slice(b * n, (b + 1) * n)).toEqual(alone[name].f32);
    }
    expect(together.span.f32.slice(b * 8, b * 8 + 8)).toEqual(alone.span.f32);
  }
});

describe('groups', () => {
  const perHead = attentionMetrics({ q, k, ...o });
  it.each(['mean', 'sum'] as const)('%s over the query heads of a key head', (groups) => {
    const grouped = attentionMetrics({ q, k, ...o, groups });
    expect(grouped.waad.shape).toEqual([2, 2, 80]);
    expect(grouped.span.shape).toEqual([2, 4]);
    for (const name of ['waad', 'fai'] as const) {
      grouped[name].f32.forEach((got, i) => {
        const first = Math.floor(i / 80) * 160 + (i % 80);
        const sum = perHead[name].f32[first]! + perHead[name].f32[first + 80]!;
        expect(got).toBeCloseTo(groups === 'sum' ? sum : sum / 2, 6);
      });
    }
  });

  it('packed: [Hkv,T]', () => {
    const offsets = tensor(Int32Array.of(0, 30, 80));
    const input = { q: tensor(q.f32.slice(0, 80 * 96), [80, 4, 24]), offsets };
    const { fai } = attentionMetrics({
      ...input,
      k: tensor(k.f32.slice(0, 80 * 48), [80, 2, 24]),
      ...o,
      groups: 'mean',
    });
    expect(fai.shape).toEqual([2, 80]);
  });

  it('are refused beside heads, or of another kind', () => {
    const heads = { local: [0], global: [1] };
    expect(() => attentionMetrics({ q, k, ...o, groups: 'mean', heads })).toThrow(/groups.*both/);
    expect(() => attentionMetrics({ q, k, ...o, groups: 'max' as never })).toThrow(/'mean' or/);
  });
});

describe('maps that were kept', () => {
  const dense = denseMaps(q, k);
  const data = new Float32Array(2 * 4 * 80 * 80).fill(NaN);
  dense.flat(2).forEach((row, i) => data.set(row, i * 80));
  const maps = tensor(data, [2, 4, 80, 80]);

  function expectDense({ waad, fai }: MapMetrics): void {
    dense.flat().forEach((map, i) => {
      denseWaad(map, o.window).forEach((want, t) =>
        expect(waad.f32[i * 80 + t]).toBeCloseTo(want, 5),
      );
      denseFai(map, o.hLo, o.hHi).forEach((want, s) =>
        expect(fai.f32[i * 80 + s]).toBeCloseTo(Number.isNaN(want) ? 0 : want, 7),
      );
    });
  }

  it('have the signals of their queries and keys', () => {
    const kept = attentionMetricsFromMaps({ maps, ...o });
    expectDense(kept);
    const { span, horizon } = attentionMetrics({ q, k, ...o });
    span.f32.forEach((want, i) => expect(kept.span!.f32[i]).toBeCloseTo(want, 4));
    expect([...kept.horizon.i32]).toEqual([...horizon.i32]);
    const normalized = attentionMetricsFromMaps({ maps, ...o, normalized: true });
    expectDense(normalized);
    expect(normalized.span).toBeUndefined();
  });

  it('normalized: what is out of the window and the horizon is not read', () => {
    const banded = tensor(
      data.map((x, i) => {
        const [t, s] = [Math.floor(i / 80) % 80, i % 80];
        return t - s >= 31 ? NaN : x;
      }),
      maps.shape,
    );
    expectDense(attentionMetricsFromMaps({ maps: banded, ...o, normalized: true }));
    const { waad } = attentionMetricsFromMaps({ maps: banded, ...o });
    expect(waad.f32[79]).toBeNaN();
  });

  it('sum over chosen heads, and over groups', () => {
    const kept = attentionMetricsFromMaps({ maps, ...o });
    const heads = { local: [0, 3], global: [2] };
    const sums = attentionMetricsFromMaps({ maps, ...o, heads });
    const groups = attentionMetricsFromMaps({ maps, ...o, groups: 'sum', numKeyHeads: 2 });
    for (let i = 0; i < 160; i++) {
      const at = (h: number): number => (Math.floor(i / 80) * 4 + h) * 80 + (i % 80);
      expect(sums.waad.f32[i]).toBeCloseTo(kept.waad.f32[at(0)]! + kept.waad.f32[at(3)]!, 5);
      expect(sums.fai.f32[i]).toBeCloseTo(kept.fai.f32[at(2)]!, 7);
      const second = Math.floor(i / 80) * 160 + 80 + (i % 80);
      const sum = kept.fai.f32[at(2)]! + kept.fai.f32[at(3)]!;
      expect(groups.fai.f32[second]).toBeCloseTo(sum, 7);
    }
  });

  it('refuses what does not fit', () => {
    const call = (more: object) => () => attentionMetricsFromMaps({ maps, ...o, ...more } as never);
    expect(call({ maps: tensor(new Float32Array(24), [1, 1, 4, 6]) })).toThrow(/maps/);
    expect(call({ groups: 'mean' })).toThrow(/numKeyHeads.*a divisor of 4 heads/);
    expect(call({ hHi: 1 })).toThrow(/h_hi.*at least h_lo = 3/);
    expect(call({ queryRange: { begin: 3, end: 90 } })).toThrow(/query_end\[0\]/);
    expect(call({ window: 0 })).toThrow(/window/);
  });
});
