// normalizeAdvantages: what the friendly form adds (defaults, groups from ids, counters, names); the figures are those of
// hand-made groups.
import { advantageStats, normalizeAdvantages } from '@anacrusis/ppo';
import { ArgumentError, tensor } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';

// groups 7 and 2 out of order: 1 1 1 0 and 0 0 0 1, means 3/4 and 1/4; sample deviation of all: sqrt(2 / 7)
const rewards = tensor(Float32Array.of(1, 0, 1, 0, 0, 1, 0, 1));
const groupIds = tensor(Int32Array.of(7, 2, 7, 2, 2, 2, 7, 7));

describe('normalizeAdvantages', () => {
  it('is Lite PPO with group mean and batch deviation', () => {
    const advantages = normalizeAdvantages({ rewards, groupIds, mean: 'group', std: 'batch' });
    const std = Math.sqrt(2 / 7) + 1e-6;
    [0.25, -0.25, 0.25, -0.25, -0.25, 0.75, -0.75, 0.25].forEach((centered, i) =>
      expect(advantages.f32[i]).toBeCloseTo(centered / std, 6),
    );
  });

  it('counts', () => {
    const equal = tensor(Float32Array.of(1, 0, 1, 0, 0, 0, 1, 0));
    const stats = advantageStats({
      rewards: equal,
      groupIds,
      mean: 'group',
      std: 'batch',
      ddof: 0,
    });
    expect(stats).toEqual({
      zeroVarianceGroups: 1,
      batchMean: 0.375,
      batchStd: Math.sqrt(15) / 8,
      smallestGroup: 4,
      groups: 2,
      sampleSize: 8,
    });
  });

  it('takes any numbers as ids, whatever their size', () => {
    const far = tensor(groupIds.i32.map((id) => (id === 7 ? -(2 ** 31) : 2 ** 31 - 1)));
    const input = { rewards, mean: 'group', std: 'group' } as const;
    const near = normalizeAdvantages({ ...input, groupIds });
    expect(normalizeAdvantages({ ...input, groupIds: far }).f32).toEqual(near.f32);
  });

  it('leaves one out: RLOO', () => {
    // the others of the first 1 are 1, 1 and 0; those of its 0 are three ones
    const input = { rewards, groupIds, mean: 'group', std: 'none', leaveOneOut: true } as const;
    const advantages = normalizeAdvantages(input).f32;
    [1 / 3, -1 / 3, 1 / 3, -1 / 3, -1 / 3, 1, -1, 1 / 3].forEach((want, i) =>
      expect(advantages[i]).toBeCloseTo(want, 6),
    );
  });

  it('leaves out masked rewards, NaN or not, and groups that are all alike', () => {
    const values = Float32Array.of(1, 0, 1, NaN, 0, 1, 1, 1);
    const mask = tensor(Uint8Array.of(1, 1, 1, 0, 1, 1, 1, 1));
    // group 7 is all ones; group 2 keeps 0, 0, 1: mean 1/3, deviation sqrt(2/9) with ddof 0
    const input = { rewards: tensor(values), groupIds, mask, mean: 'group', std: 'batch' } as const;
    const advantages = normalizeAdvantages({ ...input, dropEqualGroups: true, ddof: 0, eps: 0 });
    const std = Math.sqrt(2 / 9);
    [0, -1 / 3, 0, 0, -1 / 3, 2 / 3, 0, 0].forEach((centered, i) =>
      expect(advantages.f32[i]).toBeCloseTo(centered / std, 6),
    );
  });

  it('bounds what a small deviation amplifies', () => {
    const input = { rewards, groupIds, mean: 'group', std: 'batch', stdFloor: 2, eps: 0 } as const;
    expect(normalizeAdvantages(input).f32[5]).toBe(0.375);
  });

  it('refuses in its own names', () => {
    const call = (changes: object) => () =>
      normalizeAdvantages({ rewards, groupIds, mean: 'group', std: 'batch', ...changes });
    const alone = tensor(Int32Array.of(7, 2, 7, 2, 2, 2, 7, 5));
    expect(call({ groupIds: alone })).toThrow(
      /normalizeAdvantages: groupIds: expected at least 2 .*group 5 with 1/,
    );
    expect(call({ groupIds: undefined })).toThrow(
      /groupIds: expected an array, .*received nothing/,
    );
    expect(call({ mean: 'none', leaveOneOut: true })).toThrow(/leaveOneOut: expected false/);
    expect(call({ stdFloor: -1 })).toThrow(/normalizeAdvantages: stdFloor/);
    expect(call({ rewards: groupIds })).toThrow(ArgumentError);
    expect(call({ scale: 'batch' })).toThrow(/scale/);
  });
});
