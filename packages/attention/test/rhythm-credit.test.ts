// Expected sets are worked out by hand from 2510.13554, eq. 14-19, or from the row of the edge cases in question.
import {
  attentionMetrics,
  rhythmCredit,
  shapeAdvantages,
  type RhythmCredit,
  type RhythmCreditInput,
} from '@anacrusis/attention';
import { tensor, type Tensor } from '@anacrusis/tensor';
import { Random } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const f32 = (...numbers: number[]): Tensor =>
  tensor(Float32Array.from(numbers), [1, numbers.length]);
const ones = (T: number): Tensor => tensor(new Uint8Array(T).fill(1), [1, T]);
const places = (set: Tensor): number[] => [...set.u8.keys()].filter((i) => set.u8[i] === 1);
const sets = (c: RhythmCredit) => ({
  preplan: places(c.preplan),
  anchor: places(c.anchor),
  dominated: places(c.dominated),
  intro: places(c.intro),
});

/** Q and K whose attention has exactly these weights: key s is the unit vector s, the others get exp(-200) = 0. */
function planted(rows: number[][]): { q: Tensor; k: Tensor } {
  const T = rows.length;
  const q = new Float32Array(T * T).fill(-200);
  rows.forEach((keys, t) => keys.forEach((s) => (q[t * T + s] = 0)));
  const k = new Float32Array(T * T);
  for (let s = 0; s < T; s++) k[s * T + s] = 1;
  return { q: tensor(q, [1, 1, T, T]), k: tensor(k, [1, 1, T, T]) };
}

// Chunks begin at 4 and 8: their first tokens look back to 0, the others to the token before.
const localHead = planted(
  Array.from({ length: 12 }, (_, t) => [t === 4 || t === 8 ? 0 : Math.max(0, t - 1)]),
);
// Anchors 5 and 9 share the attention of all that follows; before there are any, tokens look at themselves.
const globalHead = planted(
  Array.from({ length: 12 }, (_, t) => [5, 9].filter((a) => a <= t).concat(t < 5 ? [t] : [])),
);
const tiny = { window: 4, hLo: 2, hHi: 16, scale: 1 };

describe('planted maps', () => {
  const { waad } = attentionMetrics({ ...localHead, ...tiny });
  const { fai, horizon } = attentionMetrics({ ...globalHead, ...tiny });
  const signals = {
    waad: tensor(waad.f32, [1, 12]),
    fai: tensor(fai.f32, [1, 12]),
    horizon,
    mask: ones(12),
  };

  it('have the signals that were planted', () => {
    expect([...waad.f32]).toEqual([0, 1, 1, 1, 4, 1, 1, 1, 4, 1, 1, 1]);
    // Key 5: rows 7 and 8 with weight 1, rows 9, 10, 11 with weight 1/2. Key 9: row 11.
    expect([...fai.f32]).toEqual([0, 0, 0, 0, 0, Math.fround(3.5 / 5), 0, 0, 0, 0.5, 0, 0]);
    expect([...horizon.i32]).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]);
  });

  it('local: both sides of every jump, then the earliest of the rest', () => {
    const c = rhythmCredit({ ...signals, mode: 'local' });
    expect([...c.delta.f32]).toEqual([1, 0, 0, 3, 3, 0, 0, 3, 3, 0, 0, 0]);
    expect(places(c.preplan)).toEqual([0, 3, 4, 7, 8]); // ceil(0.4 * 12) = 5
    expect([...c.credit.f32]).toEqual([1.5, 1, 1, 1.5, 1.5, 1, 1, 1.5, 1.5, 1, 1, 1]);
  });

  it('global: ten positions are defined, ceil(4) are selected', () => {
    const c = rhythmCredit({ ...signals, mode: 'global' });
    expect(places(c.anchor)).toEqual([0, 1, 5, 9]);
    expect([...c.credit.f32]).toEqual([1.5, 1.5, 1, 1, 1, 1.5, 1, 1, 1, 1.5, 1, 1]);
  });

  it.each(['median', 'topq'] as const)(
    'coupled: credit is shared with the chunk starts, tau_delta %s',
    (tauDelta) => {
      const c = rhythmCredit({ ...signals, mode: 'coupled', tauDelta });
      expect(sets(c)).toEqual({
        preplan: [0, 3, 4, 7, 8],
        anchor: [0, 1, 5, 9],
        dominated: [1, 5, 9],
        intro: [0, 4, 8],
      });
      // 0 is an anchor of its own and introduces 1: the terms add up to 1 + 0.5 + 0.25.
      expect([...c.credit.f32]).toEqual([1.75, 1.25, 1, 1, 1.25, 1.25, 1, 1, 1.25, 1.25, 1, 1]);
      const overwritten = rhythmCredit({
        ...signals,
        mode: 'coupled',
        tauDelta,
        overlap: 'overwrite',
      });
      expect([...overwritten.credit.f32]).toEqual([
        1.25, 1.25, 1, 1, 1.25, 1.25, 1, 1, 1.25, 1.25, 1, 1,
      ]);
    },
  );

  it('alpha moves the bonus from the anchor to its intro', () => {
    const of = (alpha: number): number[] => [
      ...rhythmCredit({ ...signals, mode: 'coupled', alpha }).credit.f32,
    ];
    expect([of(0)[4], of(0)[5], of(0)[0]]).toEqual([1, 1.5, 1.5]);
    expect([of(1)[4], of(1)[5], of(1)[0]]).toEqual([1.5, 1, 2]);
  });
});

describe('rules', () => {
  const fai = f32(0, 0, 0, 9, 8, 0, 0, 0);
  const mask = ones(8);

  it('of equal changes the latest is the intro, and one intro of two anchors counts once', () => {
    const waad = f32(0, 3, 0, 0, 0, 0, 0, 0); // changes 3 at 0 and 1
    const c = rhythmCredit({ waad, fai, mask, mode: 'coupled', q: 0.25 });
    expect(sets(c)).toMatchObject({ anchor: [3, 4], dominated: [3, 4], intro: [1] });
    expect([...c.credit.f32]).toEqual([1, 1.25, 1, 1.25, 1.25, 1, 1, 1]);
    // With k = 1 only token 2 can introduce 3: its change of 0 is the median, but not among the top q.
    const strict = rhythmCredit({
      waad,
      fai,
      mask,
      mode: 'coupled',
      q: 0.25,
      k: 1,
      tauDelta: 'topq',
    });
    expect(sets(strict)).toMatchObject({ dominated: [], intro: [] });
    expect(rhythmCredit({ waad, fai, mask, mode: 'coupled', q: 0.25, k: 2 }).intro.u8[1]).toBe(1);
  });

  it('an anchor above tau_waad is not dominated', () => {
    const waad = f32(0, 3, 0, 2, 0, 0, 0, 0); // median 0
    const c = rhythmCredit({ waad, fai, mask, mode: 'coupled', q: 0.25 });
    expect(sets(c)).toMatchObject({ anchor: [3, 4], dominated: [4], intro: [1] });
    expect([...c.credit.f32]).toEqual([1, 1.25, 1, 1.5, 1.25, 1, 1, 1]);
    const wide = rhythmCredit({ waad, fai, mask, mode: 'coupled', q: 0.25, tauWaad: 2 });
    expect(sets(wide)).toMatchObject({ dominated: [3, 4], intro: [1] });
  });

  it('an anchor can be dominated and introduce another: 1 - alpha and alpha add up', () => {
    const waad = f32(0, 3, 0, 0, 5, 0, 0, 0); // changes 3 3 0 5 5 0 0
    const c = rhythmCredit({ waad, fai, mask, mode: 'coupled', q: 0.25, tauWaad: 5, alpha: 0.25 });
    expect(sets(c)).toMatchObject({ dominated: [3, 4], intro: [1, 3] });
    expect([...c.credit.f32]).toEqual([1, 1.125, 1, 1.5, 1.375, 1, 1, 1]);
  });

  it('select: bottom, random and entropy pick as many from the same places', () => {
    const waad = f32(0, 1, 3, 6, 10, 15, 21, 28); // changes 1 2 3 4 5 6 7
    const horizon = tensor(Int32Array.of(5, 4, 3, 2, 1, 0, 0, 0), [1, 8]);
    const entropy = f32(0, 5, 1, 4, 2, 3, 0, 9);
    const draws = Float32Array.of(
      0.1,
      0.9,
      0.2,
      0.8,
      0.3,
      0.4,
      0.5,
      1,
      0.7,
      0.6,
      0.1,
      0.2,
      0.3,
      1,
      1,
      1,
    );
    const rng = { uniform: (shape: number[]): Tensor => tensor(draws.slice(), shape) };
    const of = (select: RhythmCreditInput['select']) => {
      const input = { waad, fai, mask, horizon, entropy, rng, mode: 'local' as const };
      const c = rhythmCredit({ ...input, ...(select ? { select } : {}) });
      return [places(c.preplan), places(c.anchor)];
    };
    // ceil(3.2) = 4 of the changes, ceil(2) = 2 of the five that have an FAI.
    expect(of('top')).toEqual([[3, 4, 5, 6], [3, 4]]); // prettier-ignore
    expect(of(undefined)).toEqual(of('top'));
    expect(of('bottom')).toEqual([[0, 1, 2, 3], [0, 1]]); // prettier-ignore
    expect(of('random')).toEqual([[1, 3, 5, 6], [0, 1]]); // prettier-ignore
    expect(of('entropy')).toEqual([[1, 3, 4, 5], [1, 3]]); // prettier-ignore
  });
});

describe('edge cases', () => {
  const random = new Random(5);
  const signal = (T: number): Tensor =>
    tensor(
      Float32Array.from({ length: T }, () => random.uniform()),
      [1, T],
    );
  const horizonOf = (T: number, hLo: number): Tensor =>
    tensor(
      Int32Array.from({ length: T }, (_, t) => Math.max(0, T - t - hLo)),
      [1, T],
    );

  it('the last response token has no change and is never selected', () => {
    const c = rhythmCredit({ waad: f32(0, 0, 0, 9), mask: ones(4), mode: 'local', q: 1 });
    expect([...c.delta.f32]).toEqual([0, 0, 9, 0]);
    expect(places(c.preplan)).toEqual([0, 1, 2]);
    const flat = rhythmCredit({ waad: f32(7, 7, 7, 7), mask: ones(4), mode: 'local', q: 0.8 });
    expect(places(flat.preplan)).toEqual([0, 1, 2]);
  });

  it('where the horizon is empty FAI is undefined: never selected, and q counts the others', () => {
    const fai = f32(1, 2, 3, 4, 5, 6, 7, 99, 99, 99);
    const c = rhythmCredit({
      waad: signal(10),
      fai,
      horizon: horizonOf(10, 3),
      mask: ones(10),
      mode: 'global',
    });
    expect(places(c.anchor)).toEqual([4, 5, 6]); // ceil(0.4 * 7)
  });

  it('T < hLo + 1: global and coupled credit are 1', () => {
    for (const mode of ['global', 'coupled'] as const) {
      for (const [T, anchors] of [
        [10, 0],
        [11, 1],
      ] as const) {
        const c = rhythmCredit({
          waad: signal(T),
          fai: signal(T),
          horizon: horizonOf(T, 10),
          mask: ones(T),
          mode,
        });
        expect(places(c.anchor)).toHaveLength(anchors);
        if (T === 10) expect(new Set(c.credit.f32)).toEqual(new Set([1]));
      }
    }
  });

  it('the window of k shrinks at the start and stays inside the response', () => {
    // Prompt tokens 0 and 1 with a huge change are not looked at.
    const mask = tensor(Uint8Array.of(0, 0, 1, 1, 1, 1), [1, 6]);
    const c = rhythmCredit({
      waad: f32(0, 99, 1, 0, 0, 0),
      fai: f32(9, 9, 0, 5, 0, 0),
      mask,
      mode: 'coupled',
      q: 0.25,
    });
    expect(sets(c)).toMatchObject({ anchor: [3], dominated: [3], intro: [2] });
    const first = rhythmCredit({
      waad: f32(0, 99, 0, 0, 0, 0),
      fai: f32(9, 9, 5, 0, 0, 0),
      mask,
      mode: 'coupled',
      q: 0.25,
    });
    expect(sets(first)).toMatchObject({ anchor: [2], dominated: [], intro: [] });
  });

  it('padding and tool tokens are taken out: the rest is as if they were not there', () => {
    const [waad, fai] = [signal(30), signal(30)];
    const mask = random.flags(30, 0.6);
    const kept = [...mask.keys()].filter((i) => mask[i] === 1);
    const pick = (x: Tensor): Tensor => f32(...kept.map((i) => x.f32[i]!));
    const all = rhythmCredit({ waad, fai, mask: tensor(mask, [1, 30]), mode: 'coupled' });
    const alone = rhythmCredit({
      waad: pick(waad),
      fai: pick(fai),
      mask: ones(kept.length),
      mode: 'coupled',
    });
    for (const name of ['credit', 'preplan', 'anchor', 'intro', 'dominated', 'delta'] as const) {
      expect(kept.map((i) => all[name].data[i])).toEqual([...alone[name].data]);
    }
    all.credit.f32.forEach((credit, i) => mask[i] || expect(credit).toBe(1));
  });

  it('NaN where masked has no effect; in a signal of the mode it is passed on', () => {
    const waad = f32(NaN, 1, 2, 0, NaN);
    const mask = tensor(Uint8Array.of(0, 1, 1, 1, 0), [1, 5]);
    const fai = f32(NaN, 1, 2, 0, NaN);
    expect(rhythmCredit({ waad, fai, mask, mode: 'coupled' }).credit.f32.some(Number.isNaN)).toBe(
      false,
    );
    const broken = rhythmCredit({ waad, fai, mask: ones(5), mode: 'coupled' });
    expect(broken.credit.f32.every(Number.isNaN)).toBe(true);
    expect(places(broken.anchor)).toEqual([]);
    const local = rhythmCredit({ waad: f32(1, 2, 4, 0, 3), fai, mask: ones(5), mode: 'local' });
    expect(local.credit.f32.some(Number.isNaN)).toBe(false);
  });

  it('packed sequences and rows of a batch do not influence each other', () => {
    const [waad, fai, mask] = [signal(40), signal(40), ones(40)];
    const flat = (x: Tensor): Tensor => tensor(x.data, [40]);
    const offsets = tensor(Int32Array.of(0, 13, 13, 40));
    const all = rhythmCredit({
      waad: flat(waad),
      fai: flat(fai),
      mask: flat(mask),
      offsets,
      mode: 'coupled',
    });
    const part = (x: Tensor): Tensor => tensor(x.data.subarray(13), [1, 27]);
    const alone = rhythmCredit({
      waad: part(waad),
      fai: part(fai),
      mask: part(mask),
      mode: 'coupled',
    });
    expect([...all.credit.f32.subarray(13)]).toEqual([...alone.credit.f32]);
    const batch = rhythmCredit({
      waad: tensor(waad.f32, [2, 20]),
      fai: tensor(fai.f32, [2, 20]),
      mask: tensor(mask.u8, [2, 20]),
      mode: 'coupled',
    });
    expect(batch.credit.shape).toEqual([2, 20]);
    const second = (x: Tensor): Tensor => tensor(x.data.subarray(20), [1, 20]);
    const row = rhythmCredit({
      waad: second(waad),
      fai: second(fai),
      mask: second(mask),
      mode: 'coupled',
    });
    expect([...batch.credit.f32.subarray(20)]).toEqual([...row.credit.f32]);
  });

  it('the mean credit is 1 + (gammaAmp - 1) q for local and random credit alike', () => {
    const rng = {
      uniform: (shape: number[]): Tensor =>
        tensor(
          Float32Array.from({ length: 200 }, () => random.uniform()),
          shape,
        ),
    };
    for (const select of ['top', 'random'] as const) {
      const c = rhythmCredit({ waad: signal(100), mask: ones(100), mode: 'local', select, rng });
      expect(c.credit.f32.reduce((sum, x) => sum + x, 0) / 100).toBeCloseTo(1.2, 6);
    }
  });

  it('no tokens and one token', () => {
    expect(
      rhythmCredit({
        waad: tensor(new Float32Array(0), [3, 0]),
        mask: tensor(new Uint8Array(0), [3, 0]),
        mode: 'local',
      }).credit.size,
    ).toBe(0);
    const one = rhythmCredit({ waad: f32(3), fai: f32(1), mask: ones(1), mode: 'coupled' });
    expect([one.credit.f32[0], ...places(one.anchor)]).toEqual([1.5, 0]);
  });

  it('refuses what does not fit', () => {
    const input = { waad: signal(5), fai: signal(5), mask: ones(5), mode: 'coupled' as const };
    expect(() => rhythmCredit({ ...input, fai: undefined as never })).toThrow(/fai.*needs it/);
    expect(() => rhythmCredit({ ...input, select: 'random' })).toThrow(/rng.*random stream/);
    expect(() => rhythmCredit({ ...input, select: 'entropy' })).toThrow(/entropy.*needs it/);
    expect(() => rhythmCredit({ ...input, q: 1.5 })).toThrow(/q.*\[0, 1\]/);
    expect(() => rhythmCredit({ ...input, k: 0 })).toThrow(/k.*>= 1/);
    expect(() => rhythmCredit({ ...input, mask: ones(6) })).toThrow(
      /mask: expected shape \[1, 5\]/,
    );
    expect(() => rhythmCredit({ ...input, mode: 'both' as never })).toThrow(
      /'local' 'global' 'coupled'/,
    );
    expect(() => rhythmCredit({ ...input, tauDelta: 'mean' as never })).toThrow(
      /'median' 'topq' 'value'/,
    );
    expect(() => rhythmCredit({ ...input, gamaAmp: 2 } as never)).toThrow(
      /did you mean 'gammaAmp'/,
    );
  });
});

describe('shapeAdvantages', () => {
  it('scales both signs, or one of them; zeros stay zero', () => {
    const advantages = f32(2, -2, 0, 1);
    const credit = f32(1.5, 1.25, 1.5, 1);
    const of = (sign?: 'both' | 'positive' | 'negative') => [
      ...shapeAdvantages({ advantages, credit, ...(sign ? { sign } : {}) }).f32,
    ];
    expect(of()).toEqual([3, -2.5, 0, 1]);
    expect(of('both')).toEqual(of());
    expect(of('positive')).toEqual([3, -2, 0, 1]);
    expect(of('negative')).toEqual([2, -2.5, 0, 1]);
    expect(() => shapeAdvantages({ advantages, credit: f32(1) })).toThrow(/credit: expected shape/);
  });
});
