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
    });
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
    const negative = tensor(Int32Array.of(7, 2, -1, 2, 2, 2, 7, 7));
    expect(call({ groupIds: negative })).toThrow(/groupIds\[2\]: expected an id >= 0, received -1/);
    expect(call({ stdFloor: -1 })).toThrow(/normalizeAdvantages: stdFloor/);
    expect(call({ rewards: groupIds })).toThrow(ArgumentError);
    expect(call({ scale: 'batch' })).toThrow(/scale/);
  });
});
