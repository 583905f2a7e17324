import {
  alignSignal,
  chooseLayers,
  classifyHeads,
  headMean,
  headSpans,
  rhythmPreset,
  signalRows,
} from '@anacrusis/attention';
import { tensor } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';

const spans = (rows: number[][]) =>
  tensor(Float32Array.from(rows.flat()), [rows.length, rows[0]!.length]);

describe('chooseLayers', () => {
  it('takes five of the middle third (rhythm of Qwen3-4B: 12, 15, 18, 21, 24 of 36)', () => {
    expect(chooseLayers(36)).toEqual([12, 15, 18, 21, 24]);
    expect(chooseLayers(28)).toEqual([9, 11, 14, 16, 18]);
    expect(chooseLayers(12)).toEqual([4, 5, 6, 7, 8]);
  });
  it('takes the whole range where five layers do not exist', () => {
    expect([1, 2, 3, 6, 8, 9].map((L) => chooseLayers(L))).toEqual([
      [0], [0, 1], [1, 2], [2, 3, 4], [2, 3, 4, 5], [3, 4, 5, 6],
    ]); // prettier-ignore
  });
  it('always stays between floor(L/3) and floor(2L/3), without repeats', () => {
    for (let L = 1; L <= 130; L++) {
      const layers = chooseLayers(L);
      expect(layers[0]).toBe(Math.floor(L / 3));
      if (layers.length > 1) expect(layers.at(-1)).toBe(Math.floor((2 * L) / 3));
      expect(new Set(layers).size).toBe(layers.length);
    }
  });
  it('takes all, or a list: for instance without sliding-window layers', () => {
    expect(chooseLayers(3, 'all')).toEqual([0, 1, 2]);
    expect(chooseLayers(9, [7, 2])).toEqual([2, 7]);
    expect(() => chooseLayers(4, [4])).toThrow(/\[0, 3\].*4/);
    expect(() => chooseLayers(4, [1, 1])).toThrow(/different layers/);
    expect(() => chooseLayers(4, [])).toThrow(/list of layers/);
    expect(() => chooseLayers(0)).toThrow(/>= 1/);
  });
});

describe('classifyHeads', () => {
  it('ranks the heads of all layers together', () => {
    // Twelve heads, 30 %: ceil(3.6) = 4 each.
    const span = spans([[6.2, 4.8, 7.0, 4.9], [10.6, 7.4, 6.8, 9.2], [8.2, 8.5, 7.2, 8.1]]); // prettier-ignore
    expect(classifyHeads({ span, quantile: 0.3 })).toEqual({
      local: [[0, 1, 3], [2], []],
      global: [[], [0, 3], [0, 1]],
    });
  });
  it('has at least one head in each class and never the same one', () => {
    expect(classifyHeads({ span: spans([[2, 1]]), quantile: 0.01 })).toEqual({
      local: [[1]],
      global: [[0]],
    });
    expect(classifyHeads({ span: spans([[3, 3, 3]]), quantile: 0.5 })).toEqual({
      local: [[0]],
      global: [[2]],
    });
    const { local, global } = classifyHeads({ span: spans([[1, 1], [1, 1]]), quantile: 0.5 }); // prettier-ignore
    expect([local, global]).toEqual([[[0, 1], []], [[], [0, 1]]]); // prettier-ignore
  });
  it('refuses what cannot be ranked', () => {
    expect(() => classifyHeads({ span: spans([[1]]), quantile: 0.3 })).toThrow(/two heads/);
    expect(() => classifyHeads({ span: spans([[1, NaN]]), quantile: 0.3 })).toThrow(
      /span\[0\]\[1\].*finite/,
    );
    expect(() => classifyHeads({ span: spans([[1, 2]]), quantile: 0.6 })).toThrow(/quantile/);
  });
});

describe('headSpans and headMean', () => {
  it('weigh sequences by their queries', () => {
    const layer = { span: spans([[2, 5], [4, 1]]), spanRows: tensor(Int32Array.of(30, 10)) }; // prettier-ignore
    expect([...headSpans([layer, layer]).f32]).toEqual([2.5, 4, 2.5, 4]);
    const none = { span: spans([[0, 0]]), spanRows: tensor(Int32Array.of(0)) };
    expect([...headSpans([none]).f32]).toEqual([0, 0]);
  });
  it('average over the chosen heads of all layers', () => {
    const first = spans([[1, 2], [10, 20], [NaN, NaN]]); // prettier-ignore
    const second = spans([[100, 200], [5, 5], [7, 7]]); // prettier-ignore
    const mean = headMean({ values: [first, second], heads: [[0, 1], [0]] }); // prettier-ignore
    // 1/3 is rounded.
    expect(mean.f32[0]).toBeCloseTo(37, 4);
    expect(mean.f32[1]).toBeCloseTo(74, 4);
    expect(() => headMean({ values: [first], heads: [[]] })).toThrow(/at least one head/);
    expect(() => headMean({ values: [first, second], heads: [[0]] })).toThrow(
      /as many lists as layers, 2/,
    );
    const batched = tensor(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 2, 2]);
    expect([...headMean({ values: [batched], heads: [[1]] }).f32]).toEqual([3, 4, 7, 8]);
  });
});

describe('signalRows', () => {
  const responseBegin = tensor(Int32Array.of(3, 1));
  const responseEnd = tensor(Int32Array.of(6, 1));
  it('input: token t is position t', () => {
    const { queryRange, shift } = signalRows({ responseBegin, responseEnd });
    expect([[...queryRange.begin.i32], [...queryRange.end.i32], shift]).toEqual([[3, 1], [6, 1], 0]); // prettier-ignore
  });
  it('predict: token t is position t - 1', () => {
    const { queryRange, shift } = signalRows({
      responseBegin,
      responseEnd,
      rowAlignment: 'predict',
    });
    expect([[...queryRange.begin.i32], [...queryRange.end.i32], shift]).toEqual([[2, 0], [5, 0], 1]); // prettier-ignore
    const signal = tensor(Float32Array.of(0, 0, 7, 8, 9, 0), [2, 3]);
    expect([...alignSignal({ signal, shift }).f32]).toEqual([0, 0, 0, 0, 8, 9]);
    expect([...alignSignal({ signal: tensor(Int32Array.of(4, 5, 6)), shift }).i32]).toEqual([
      0, 4, 5,
    ]);
    expect([...alignSignal({ signal, shift: 0 }).f32]).toEqual([...signal.f32]);
  });
  it('predict needs a token before the response', () => {
    const at = { responseBegin: tensor(Int32Array.of(0)), responseEnd: tensor(Int32Array.of(4)) };
    expect(() => signalRows({ ...at, rowAlignment: 'predict' })).toThrow(
      /a token before the response/,
    );
    expect(() => signalRows({ ...at, rowAlignment: 'output' as never })).toThrow(
      /'input' or 'predict'/,
    );
  });
});

describe('rhythmPreset', () => {
  it('holds the settings of both versions of the paper', () => {
    expect(rhythmPreset()).toMatchObject({
      window: 10,
      hLo: 10,
      hHi: 100,
      sign: 'both',
      quantile: 0.3,
      q: 0.4,
      gammaAmp: 1.5,
    });
    expect(rhythmPreset('v1')).toMatchObject({ window: 10, hLo: 10, hHi: 50, sign: 'positive' });
    expect(rhythmPreset('tiny')).toMatchObject({
      window: 4,
      hLo: 2,
      hHi: 16,
      layers: 'all',
      quantile: 0.3,
    });
    expect(() => rhythmPreset('v3' as never)).toThrow(/'v1', 'v2' or 'tiny'/);
  });
});
