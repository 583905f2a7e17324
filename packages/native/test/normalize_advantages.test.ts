// normalize_advantages: tables worked out by hand and the refusals of samples that have no deviation.
import { ArgumentError, cpu, type NormalizeAdvantagesArgs } from '@anacrusis/native';
import { describe, expect, it } from 'vitest';

type Options = Partial<
  Pick<
    NormalizeAdvantagesArgs,
    'mean' | 'std' | 'ddof' | 'std_floor' | 'leave_one_out' | 'drop_equal_groups'
  >
>;

function normalize(rewards: number[], groupSize: number, options: Options = {}) {
  const n = rewards.length;
  const outputs = { advantages: new Float32Array(n), stats: new Float64Array(6) };
  const group_ids = Int32Array.from(rewards, (_, i) => Math.floor(i / groupSize));
  const settings = {
    mean: 'group',
    std: 'batch',
    std_of: 'raw',
    ddof: 0,
    eps: 0,
    std_floor: 0,
    leave_one_out: false,
    drop_equal_groups: false,
  } as const;
  const G = Math.ceil(n / groupSize);
  cpu.normalize_advantages({
    n,
    G,
    rewards: Float32Array.from(rewards),
    group_ids,
    ...settings,
    ...options,
    ...outputs,
  });
  return outputs;
}

const largest = (array: Float32Array): number =>
  array.reduce((m, x) => Math.max(m, Math.abs(x)), 0);

describe('normalize_advantages', () => {
  it('gives GRPO one over and one under the mean of a pair', () => {
    // mean 1/2, deviation 1/2
    expect([...normalize([1, 0], 2, { std: 'group' }).advantages]).toEqual([1, -1]);
    // ddof 1: deviation sqrt(1/2)
    const sample = normalize([1, 0], 2, { std: 'group', ddof: 1 }).advantages;
    expect(sample[0]).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it('mixes group mean and batch deviation', () => {
    // batch 1 1 1 0 0 0 0 1: mean 1/2, deviation 1/2; group means 3/4 and 1/4
    const { advantages, stats } = normalize([1, 1, 1, 0, 0, 0, 0, 1], 4);
    expect([...advantages]).toEqual([0.5, 0.5, 0.5, -1.5, -0.5, -0.5, -0.5, 1.5]);
    expect([...stats]).toEqual([0, 0.5, 0.5, 4, 2, 8]);
  });

  it('amplifies in a concentrated batch, and the floor bounds that', () => {
    // 60 groups of 8 all right and 4 with 7 of 8: the figures of the study's re-calculation, 9.93 against 2.47
    // for a sample deviation
    const rewards = Array.from({ length: 512 }, (_, i) => (i >= 480 && i % 8 === 0 ? 0 : 1));
    expect(largest(normalize(rewards, 8, { ddof: 1 }).advantages)).toBeCloseTo(9.93, 2);
    expect(largest(normalize(rewards, 8, { ddof: 1, std: 'group' }).advantages)).toBeCloseTo(
      2.47,
      2,
    );
    const floored = normalize(rewards, 8, { ddof: 1, std_floor: 0.5 });
    expect(largest(floored.advantages)).toBe(1.75);
    expect(floored.stats[0]).toBe(60);
  });

  it('refuses a group of one where its mean or its deviation says nothing', () => {
    for (const [options, text] of [
      [
        { mean: 'group', std: 'none' },
        /group_ids: .*mean leaves nothing of one, received group 2 with 1/,
      ],
      [
        { mean: 'batch', std: 'group', ddof: 1 },
        /group_ids: .*no deviation with ddof 1, received group 2/,
      ],
    ] as const) {
      const call = () => normalize([1, 0, 1, 0, 1], 2, options);
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(text);
    }
    expect(() => normalize([1], 1, { mean: 'none', ddof: 1 })).toThrow(/rewards: .*at least 2/);
    expect([...normalize([1, 0, 1], 1, { mean: 'batch', std: 'group' }).advantages]).toEqual([
      0, 0, 0,
    ]);
  });
});
