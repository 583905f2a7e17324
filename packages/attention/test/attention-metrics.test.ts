import { attentionMetrics, type HeadMetrics } from '@anacrusis/attention';
import { setThreads } from '@anacrusis/native';
import { tensor, type Tensor } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';
import { denseFai, denseMaps, denseWaad, randomQk, type Sizes } from './dense.js';

const paper = { window: 10, hLo: 10, hHi: 100 };
const row = (x: Tensor, i: number, T: number): Float32Array => x.f32.subarray(i * T, (i + 1) * T);

/** |dWAAD| <= 1e-5 W + 1e-5 |WAAD| and FAI to 2e-5 of itself, times `slack` for scores larger than usual. */
function expectDense(
  metrics: HeadMetrics,
  maps: number[][][][],
  o: { window: number; hLo: number; hHi: number },
  slack = 1,
): void {
  const T = maps[0]![0]!.length;
  maps.flat().forEach((map, i) => {
    const waad = row(metrics.waad, i, T);
    const fai = row(metrics.fai, i, T);
    denseWaad(map, o.window).forEach((want, t) => {
      const bound = slack * (1e-5 * o.window + 1e-5 * want);
      expect(Math.abs(waad[t]! - want), `WAAD ${i},${t}`).toBeLessThanOrEqual(bound);
    });
    denseFai(map, o.hLo, o.hHi).forEach((want, s) => {
      if (Number.isNaN(want)) return expect(fai[s]).toBe(0);
      const bound = slack * 2e-5 * want + 1e-30;
      expect(Math.abs(fai[s]! - want), `FAI ${i},${s}`).toBeLessThanOrEqual(bound);
    });
  });
}

describe('against dense float64 maps', () => {
  const sizes: [string, Sizes, typeof paper][] = [
    ['D 128, grouped queries', { B: 1, H: 4, Hkv: 1, T: 301, D: 128 }, paper],
    ['D 64, G 8', { B: 2, H: 8, Hkv: 1, T: 131, D: 64 }, { window: 4, hLo: 2, hHi: 16 }],
    [
      'G 1, whole future',
      { B: 2, H: 3, Hkv: 3, T: 67, D: 16 },
      { window: 64, hLo: 0, hHi: Infinity },
    ],
    ['T below W and hLo', { B: 3, H: 2, Hkv: 2, T: 7, D: 8 }, paper],
    ['one token', { B: 2, H: 2, Hkv: 1, T: 1, D: 8 }, { window: 3, hLo: 0, hHi: 0 }],
  ];
  it.each(sizes)('%s', (_, s, o) => {
    const { q, k } = randomQk(s, 3);
    expectDense(attentionMetrics({ q, k, ...o }), denseMaps(q, k), o);
  });

  it('a sink: one huge score per row', () => {
    const { q, k } = randomQk({ B: 1, H: 2, Hkv: 1, T: 90, D: 16 }, 5);
    // All queries share a direction that key 0 has much of: its score is 60.
    for (let t = 0; t < 180; t++) q.f32[t * 16] = 12;
    for (let s = 0; s < 90; s++) k.f32[s * 16] = s === 0 ? 20 : -0.1;
    expectDense(attentionMetrics({ q, k, ...paper }), denseMaps(q, k), paper, 60);
  });

  it('scores of +-1e4', () => {
    const { q, k } = randomQk({ B: 1, H: 2, Hkv: 2, T: 60, D: 4 }, 6, 1e4);
    const metrics = attentionMetrics({ q, k, ...paper });
    // Weights are 0 or 1 up to a rounding of 1e4 * 2^-24 in the exponent of the few close ones.
    const maps = denseMaps(q, k);
    maps[0]!.forEach((map, h) => {
      denseWaad(map, 10).forEach((want, t) => {
        expect(Math.abs(row(metrics.waad, h, 60)[t]! - want)).toBeLessThan(0.05);
      });
    });
    expect(metrics.lse.f32.every(Number.isFinite)).toBe(true);
  });
});

describe('closed forms and identities', () => {
  it('equal scores: every row spreads evenly', () => {
    const T = 37;
    const q = tensor(new Float32Array(T * 8), [1, 1, T, 8]);
    const { k } = randomQk({ B: 1, H: 1, Hkv: 1, T, D: 8 }, 8);
    const { waad, fai, span, lse } = attentionMetrics({ q, k, window: 5, hLo: 3, hHi: 9 });
    for (let t = 0; t < T; t++) {
      // Distances 0..t, those from 5 on cut to 5.
      const cut = t < 5 ? (t * (t + 1)) / 2 : 10 + 5 * (t - 4);
      expect(waad.f32[t]).toBeCloseTo(cut / (t + 1), 5);
      expect(lse.f32[t]).toBeCloseTo(Math.log(t + 1), 5);
      const queries = [3, 4, 5, 6, 7, 8, 9].map((d) => t + d).filter((query) => query < T);
      const mean = queries.reduce((sum, query) => sum + 1 / (query + 1), 0) / queries.length;
      expect(fai.f32[t]).toBeCloseTo(queries.length ? mean : 0, 6);
    }
    expect(span.item()).toBeCloseTo((T - 1) / 4, 5); // mean over t of t/2
  });

  it('columns over the whole future add up to the number of queries', () => {
    const { q, k } = randomQk({ B: 2, H: 3, Hkv: 1, T: 333, D: 16 }, 9);
    const queryRange = { begin: 20, end: 301 };
    const { fai, horizon } = attentionMetrics({
      q,
      k,
      window: 4,
      hLo: 0,
      hHi: Infinity,
      queryRange,
    });
    for (let i = 0; i < 6; i++) {
      const counts = horizon.i32.subarray(Math.floor(i / 3) * 333);
      const total = row(fai, i, 333).reduce((sum, f, s) => sum + f * counts[s]!, 0);
      expect(total).toBeCloseTo(281, 2);
    }
  });

  it('0 <= WAAD <= min(t, W), and WAAD of the first row is 0', () => {
    for (const scale of [0.1, 1, 30]) {
      const { q, k } = randomQk({ B: 3, H: 2, Hkv: 2, T: 50, D: 8 }, 10, scale);
      const { waad, lse } = attentionMetrics({ q, k, window: 6, hLo: 1, hHi: 4 });
      const banded = attentionMetrics({
        q,
        k,
        lse,
        window: 6,
        hLo: 1,
        hHi: 4,
        heads: { local: [1], global: [] },
      });
      waad.f32.forEach((value, i) => {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(Math.min(i % 50, 6) * (1 + 1e-6));
      });
      expect(Math.min(...banded.waad.f32)).toBeGreaterThanOrEqual(0);
      expect([0, 50, 100].map((i) => waad.f32[i])).toEqual([0, 0, 0]);
    }
  });

  it('a constant added to all scores of a row changes nothing but the log-sum-exp', () => {
    const s = { B: 1, H: 2, Hkv: 1, T: 40, D: 8 };
    const { q, k } = randomQk(s, 11);
    const longer = (x: Tensor, last: (i: number) => number): Tensor => {
      const rows = x.size / 8;
      const data = Float32Array.from({ length: rows * 9 }, (_, i) =>
        i % 9 === 8 ? last(Math.floor(i / 9)) : x.f32[Math.floor(i / 9) * 8 + (i % 9)]!,
      );
      return tensor(data, [1, x.shape[1]!, 40, 9]);
    };
    const scale = 0.4;
    const o = { window: 5, hLo: 2, hHi: 20, scale };
    const plain = attentionMetrics({ q, k, ...o });
    const shifted = attentionMetrics({
      q: longer(q, (i) => (i % 7) - 3),
      k: longer(k, () => 1),
      ...o,
    });
    plain.waad.f32.forEach((want, i) => expect(shifted.waad.f32[i]).toBeCloseTo(want, 4));
    plain.fai.f32.forEach((want, i) => expect(shifted.fai.f32[i]).toBeCloseTo(want, 6));
    plain.lse.f32.forEach((want, i) =>
      expect(shifted.lse.f32[i]).toBeCloseTo(want + scale * ((i % 7) - 3), 4),
    );
  });

  it('heads with equal inputs have equal bits, in any thread count', () => {
    const { q, k } = randomQk({ B: 1, H: 2, Hkv: 1, T: 600, D: 24 }, 12);
    q.f32.copyWithin(600 * 24, 0, 600 * 24);
    const runs = [1, 2, 5].map((threads) => {
      setThreads(threads);
      const { waad, fai, span } = attentionMetrics({ q, k, ...paper });
      return [...waad.f32, ...fai.f32, ...span.f32];
    });
    setThreads(2);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    expect(runs[0]!.slice(0, 600)).toEqual(runs[0]!.slice(600, 1200));
  });
});

/** Sequences of a packed call, [T,H,D], cut out of one pool of numbers. */
function packed(lengths: number[], order: number[]): { q: Tensor; k: Tensor; offsets: Tensor } {
  const parts = order.map((i) => ({
    length: lengths[i]!,
    ...randomQk({ B: 1, H: 1, Hkv: 1, T: lengths[i]! * 6, D: 8 }, 100 + i),
  }));
  const T = parts.reduce((sum, { length }) => sum + length, 0);
  const join = (arrays: Float32Array[], heads: number): Tensor =>
    tensor(Float32Array.from(arrays.flatMap((array) => [...array])), [T, heads, 8]);
  let first = 0;
  return {
    q: join(
      parts.map(({ q, length }) => q.f32.subarray(0, length * 6 * 8)),
      6,
    ),
    k: join(
      parts.map(({ k, length }) => k.f32.subarray(0, length * 2 * 8)),
      2,
    ),
    offsets: tensor(Int32Array.from([0, ...parts.map(({ length }) => (first += length))])),
  };
}

describe('packed sequences', () => {
  const lengths = [31, 1, 17, 48, 300];
  const o = { window: 4, hLo: 2, hHi: 16 };

  it('do not see each other: each has the bits that it has alone', () => {
    const all = attentionMetrics({ ...packed(lengths, [0, 1, 2, 3, 4]), ...o });
    const T = 397;
    let first = 0;
    lengths.forEach((length, i) => {
      const alone = attentionMetrics({ ...packed(lengths, [i]), ...o });
      for (let h = 0; h < 6; h++) {
        for (const name of ['waad', 'fai', 'lse'] as const) {
          const at = h * T + first;
          expect([...all[name].f32.subarray(at, at + length)]).toEqual([
            ...row(alone[name], h, length),
          ]);
        }
      }
      expect([...row(all.span, i, 6)]).toEqual([...alone.span.f32]);
      first += length;
    });
  });

  it('permuted, give permuted results bit for bit', () => {
    const order = [3, 0, 4, 2, 1];
    const plain = attentionMetrics({ ...packed(lengths, [0, 1, 2, 3, 4]), ...o });
    const permuted = attentionMetrics({ ...packed(lengths, order), ...o });
    order.forEach((source, place) => {
      expect([...row(permuted.span, place, 6)]).toEqual([...row(plain.span, source, 6)]);
    });
    expect([...permuted.fai.f32].sort()).toEqual([...plain.fai.f32].sort());
  });

  it('equal the [B,H,T,D] form', () => {
    const { q, k, offsets } = packed([23, 23], [0, 1]);
    const swap = (x: Tensor, heads: number): Tensor => {
      const data = new Float32Array(x.size);
      for (let t = 0; t < 46; t++) {
        for (let h = 0; h < heads; h++) {
          const to = ((Math.floor(t / 23) * heads + h) * 23 + (t % 23)) * 8;
          data.set(x.f32.subarray((t * heads + h) * 8, (t * heads + h + 1) * 8), to);
        }
      }
      return tensor(data, [2, heads, 23, 8]);
    };
    const a = attentionMetrics({ q, k, offsets, ...o });
    const b = attentionMetrics({ q: swap(q, 6), k: swap(k, 2), ...o });
    expect(b.waad.shape).toEqual([2, 6, 23]);
    for (let h = 0; h < 6; h++) {
      expect([...row(a.fai, h, 46)]).toEqual([...row(b.fai, h, 23), ...row(b.fai, 6 + h, 23)]);
    }
    expect([...a.horizon.i32]).toEqual([...b.horizon.i32]);
    expect([...a.span.f32]).toEqual([...b.span.f32]);
  });
});

describe('options', () => {
  const sizes = { B: 2, H: 4, Hkv: 2, T: 80, D: 16 };
  const { q, k } = randomQk(sizes, 20);
  const o = { window: 6, hLo: 3, hHi: 30 };
  const whole = attentionMetrics({ q, k, ...o });

  it.each([
    ['from whole rows', undefined],
    ['from the band, with lse', whole.lse],
  ])('heads: sums over them and their counts, %s', (_, lse) => {
    const heads = { local: [0, 3], global: [2] };
    const sums = attentionMetrics({ q, k, ...(lse ? { lse } : {}), ...o, heads });
    expect(sums.counts).toEqual({ local: 2, global: 1 });
    expect(sums.waad.shape).toEqual([2, 80]);
    for (let i = 0; i < 160; i++) {
      const at = (h: number): number => (Math.floor(i / 80) * 4 + h) * 80 + (i % 80);
      expect(sums.waad.f32[i]).toBeCloseTo(whole.waad.f32[at(0)]! + whole.waad.f32[at(3)]!, 4);
      expect(sums.fai.f32[i]).toBeCloseTo(whole.fai.f32[at(2)]!, 6);
    }
  });

  it('an error of a given lse moves WAAD by W times as much, and FAI by its share', () => {
    const error = 1e-3;
    const lse = tensor(
      whole.lse.f32.map((x) => x + error),
      whole.lse.shape,
    );
    const heads = { local: [1], global: [1] };
    const wrong = attentionMetrics({ q, k, lse, ...o, heads });
    for (let t = 40; t < 80; t++) {
      const right = whole.waad.f32[80 + t]!;
      // a -> a (1 - e): W - (W - WAAD)(1 - e)
      expect(wrong.waad.f32[t]).toBeCloseTo(right + error * (6 - right), 4);
      expect(wrong.fai.f32[t - 20]! / whole.fai.f32[80 + t - 20]!).toBeCloseTo(1 - error, 5);
    }
    for (let t = 1; t < 6; t++) expect(wrong.waad.f32[t]).toBeCloseTo(whole.waad.f32[80 + t]!, 5);
  });

  it('queries: rows outside have no signal and are in no mean', () => {
    const begin = tensor(Int32Array.of(30, 12));
    const part = attentionMetrics({ q, k, ...o, queryRange: { begin, end: 70 } });
    const maps = denseMaps(q, k);
    [30, 12].forEach((first, b) => {
      const horizon = part.horizon.i32.subarray(b * 80, b * 80 + 80);
      for (let t = 0; t < 80; t++) {
        const isQuery = t >= first && t < 70;
        const at = (b * 4 + 2) * 80 + t;
        expect(part.waad.f32[at]).toBe(isQuery ? whole.waad.f32[at] : 0);
        const column = maps[b]![2]!.slice(Math.max(first, t + 3), Math.min(69, t + 30) + 1);
        expect(horizon[t]).toBe(column.length);
        const mean = column.reduce((sum, r) => sum + r[t]!, 0) / column.length;
        expect(part.fai.f32[at]).toBeCloseTo(column.length ? mean : 0, 6);
      }
      expect(part.spanRows.i32[b]).toBe(70 - first);
      const spans = maps[b]![2]!.slice(first, 70).map((r, i) =>
        r.reduce((sum, a, s) => sum + a * (first + i - s), 0),
      );
      expect(part.span.f32[b * 4 + 2]).toBeCloseTo(
        spans.reduce((x, y) => x + y, 0) / (70 - first),
        4,
      );
    });
  });

  it('sinks are left out of the span alone', () => {
    const without = attentionMetrics({ q, k, ...o, excludeSinkTokens: 2 });
    expect([...without.waad.f32]).toEqual([...whole.waad.f32]);
    const map = denseMaps(q, k)[1]![3]!;
    const spans = map.map((r, t) => r.reduce((sum, a, s) => sum + (s >= 2 ? a * (t - s) : 0), 0));
    expect(without.span.f32[7]).toBeCloseTo(spans.reduce((x, y) => x + y, 0) / 80, 4);
  });

  it('NaN in one head or sequence stays there', () => {
    const broken = tensor(q.f32.slice(), q.shape);
    broken.f32[(5 * 80 + 9) * 16] = NaN; // second sequence, head 1, row 9
    const { waad, fai } = attentionMetrics({ q: broken, k, ...o });
    const bad = [...waad.f32.keys()].filter((i) => Number.isNaN(waad.f32[i]));
    expect(bad).toEqual([5 * 80 + 9]);
    // Keys that have row 9 in their horizon: 9 - 30 .. 9 - 3.
    const keys = [...fai.f32.keys()].filter((i) => Number.isNaN(fai.f32[i])).map((i) => i - 5 * 80);
    expect(keys).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('refuses what does not fit', () => {
    const call = (more: object) => () => attentionMetrics({ q, k, ...o, ...more } as never);
    expect(call({ window: 0 })).toThrow(/window.*>= 1/);
    expect(call({ hHi: 1 })).toThrow(/h_hi.*at least h_lo = 3/);
    expect(call({ k: randomQk({ ...sizes, Hkv: 3 }, 1).k })).toThrow(/multiple of Hkv = 3/);
    expect(call({ k: randomQk({ ...sizes, T: 81 }, 1).k })).toThrow(
      /k: expected shape \[2, any, 80, 16\]/,
    );
    expect(call({ queryRange: { begin: 5, end: 81 } })).toThrow(/query_end\[0\].*<= 80/);
    expect(call({ heads: { local: [4], global: [0] } })).toThrow(/heads.local.*\[0, 3\].*4/);
    expect(call({ heads: { local: [1, 1], global: [0] } })).toThrow(/different heads/);
    expect(call({ windows: 3 })).toThrow(/did you mean 'window'/);
    expect(call({ queryRange: [5, 80] })).toThrow(
      /attentionMetrics.queryRange: expected one object of named arguments/,
    );
    expect(call({ heads: { local: [1], globl: [0] } })).toThrow(/did you mean 'global'/);
    expect(call({ heads: { local: [1] } })).toThrow(/heads.global: expected a list of heads/);
    expect(call({ lse: tensor(new Float32Array(4)) })).toThrow(/lse: expected shape \[2, 4, 80\]/);
  });
});
