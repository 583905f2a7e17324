// Scores of cached keys against what their papers and kvpress define, on dense float64 maps.
import { observedAttentionScores, snapKvScores, tovaScores } from '@anacrusis/attention';
import { tensor, type Tensor } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';
import { denseMaps, randomQk } from './dense.js';

const sizes = { B: 2, H: 6, Hkv: 2, T: 71, D: 16 };
const { q, k } = randomQk(sizes, 41, 2);
const maps = denseMaps(q, k);
const mean = (values: number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Rows [b][kv] of per-head rows averaged over the query heads of a key head. */
function groupMean(perHead: number[][][]): number[][][] {
  return perHead.map((heads) =>
    [0, 1].map((kv) => heads[0]!.map((_, s) => mean([0, 1, 2].map((g) => heads[3 * kv + g]![s]!)))),
  );
}

function expectScores(got: Tensor, want: number[][][]): void {
  expect(got.size).toBe(want.flat(2).length);
  want.flat(2).forEach((x, i) => expect(Math.abs(got.f32[i]! / x - 1), `${i}`).toBeLessThan(3e-5));
}

/** ObservedAttentionPress.score: attentions.sum(2) / arange(L, 0, -1), then the mean of the group. */
function observed(): number[][][] {
  return groupMean(
    maps.map((heads) =>
      heads.map((map) =>
        range(71).map((s) => map.reduce((sum, row) => sum + (row[s] ?? 0), 0) / (71 - s)),
      ),
    ),
  );
}

/** SnapKVPress.score; the window gets the largest score of its row. */
function snapKv(n: number, kernel: number, kind: 'avg' | 'max'): number[][][] {
  const pad = Math.floor(kernel / 2);
  const pooled = maps.map((heads) =>
    heads.map((map) => {
      const scores = range(71 - n).map((s) => mean(map.slice(71 - n).map((row) => row[s]!)));
      return scores.map((_, i) => {
        const near = range(kernel).map((j) => scores[i + j - pad]);
        if (kind === 'avg') return mean(near.map((x) => x ?? 0));
        return Math.max(...near.map((x) => x ?? -Infinity));
      });
    }),
  );
  return groupMean(pooled).map((rows) =>
    rows.map((row) => [...row, ...range(n).map(() => Math.max(...row))]),
  );
}

describe('eviction scores', () => {
  it('observedAttentionScores', () => {
    const scores = observedAttentionScores({ q, k });
    expect(scores.shape).toEqual([2, 2, 71]);
    expectScores(scores, observed());
  });

  it.each([
    [8, 5, 'avg'],
    [8, 1, 'avg'],
    [33, 7, 'max'],
    [70, 3, 'avg'],
  ] as const)('snapKvScores, window %d, kernel %d, %s', (windowSize, kernelSize, pooling) => {
    const scores = snapKvScores({ q, k, windowSize, kernelSize, pooling });
    expectScores(scores, snapKv(windowSize, kernelSize, pooling));
  });

  it('snapKvScores takes 64 queries, 5 keys and the average when nothing is said', () => {
    expect([...snapKvScores({ q, k }).f32]).toEqual([
      ...snapKvScores({ q, k, windowSize: 64, kernelSize: 5, pooling: 'avg' }).f32,
    ]);
  });

  it('tovaScores: the last row, mean over all heads', () => {
    const want = maps.map((heads) => {
      const row = range(70).map((s) => mean(heads.map((map) => map[70]![s]!)));
      return [[...row, Math.max(...row)]];
    });
    const scores = tovaScores({ q, k });
    expect(scores.shape).toEqual([2, 71]);
    expectScores(scores, want);
  });

  it('a sequence that is no longer than the window has no score', () => {
    expect(snapKvScores({ q, k, windowSize: 71 }).f32.every((x) => x === 0)).toBe(true);
  });

  it('packed sequences have the scores that they have alone', () => {
    // [B,H,T,D] -> [T,H,D], one sequence after the other
    const swap = (x: Tensor, heads: number): Tensor =>
      tensor(
        Float32Array.from({ length: x.size }, (_, i) => {
          const d = i % 16;
          const h = Math.floor(i / 16) % heads;
          const token = Math.floor(i / 16 / heads);
          return x.f32[((Math.floor(token / 71) * heads + h) * 71 + (token % 71)) * 16 + d]!;
        }),
        [142, heads, 16],
      );
    const offsets = tensor(Int32Array.of(0, 71, 142));
    const alone = snapKvScores({ q, k, windowSize: 9 });
    const together = snapKvScores({ q: swap(q, 6), k: swap(k, 2), offsets, windowSize: 9 });
    expect(together.shape).toEqual([2, 142]);
    const row = (x: Tensor, i: number): number[] => [...x.f32.subarray(i * 71, i * 71 + 71)];
    // [B,Hkv,T] against [Hkv, both sequences]
    const order = [0, 2, 1, 3];
    order.forEach((i, j) => expect(row(together, j)).toEqual(row(alone, i)));
    expect(tovaScores({ q: swap(q, 6), k: swap(k, 2), offsets }).shape).toEqual([142]);
  });

  it('a given log-sum-exp serves as well', () => {
    const lse = tensor(
      Float32Array.from(maps.flat(2), (row, i) => {
        const t = i % 71;
        const dot = range(16).reduce(
          (sum, d) => sum + q.f32[i * 16 + d]! * k.f32[(Math.floor(i / 213) * 71 + t) * 16 + d]!,
          0,
        );
        return (dot / 4 - Math.log(row[t]!)) / Math.LN2;
      }),
      [2, 6, 71],
    );
    const scores = observedAttentionScores({ q, k, lse, lseForm: 'base2' });
    expectScores(scores, observed());
  });

  it('refuses what does not fit', () => {
    expect(() => snapKvScores({ q, k, kernelSize: 4 })).toThrow(/kernel.*an odd number.*4/);
    expect(() => snapKvScores({ q, k, windowSize: 0 })).toThrow(/windowSize.*>= 1.*0/);
    expect(() => tovaScores({ q, k, windowSize: 3 } as never)).toThrow(/windowSize/);
    expect(() => snapKvScores({ q, k, pooling: 'mean' as never })).toThrow(/pooling.*'avg' 'max'/);
  });
});
