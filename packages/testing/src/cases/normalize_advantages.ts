import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { normalizeAdvantages } from '../reference/normalize_advantages.js';

interface Options {
  mean?: 'none' | 'batch' | 'group';
  std?: 'none' | 'batch' | 'group';
  std_of?: 'raw' | 'centered';
  ddof?: number;
  std_floor?: number;
  leave_one_out?: boolean;
  drop_equal_groups?: boolean;
}

/**
 * Groups of 2 to `most` rewards of 0 or 1 (some with a partial score), some of them all alike, ids out of order and
 * without the first.
 */
function args(r: Random, groups: number, most: number, options: Options = {}): OpArgs {
  const ids = Array.from(
    { length: groups },
    (_, g) => Array(r.integer(2, most)).fill(g + 1) as number[],
  );
  const group_ids = Int32Array.from(ids.flat());
  for (let i = group_ids.length - 1; i > 0; i--) {
    const j = r.integer(0, i);
    [group_ids[i], group_ids[j]] = [group_ids[j]!, group_ids[i]!];
  }
  const solved = Array.from({ length: groups + 1 }, () => r.uniform(-0.2, 1.2));
  const reward = (id: number): number =>
    r.uniform() < solved[id]! ? 1 : solved[id]! > 0 && r.uniform() < 0.3 ? 0.1 : 0;
  const rewards = Float32Array.from(group_ids, reward);
  return given(rewards, group_ids, rewards.length === 0 ? 0 : groups + 1, options);
}

function given(
  rewards: Float32Array,
  group_ids: Int32Array | undefined,
  G: number,
  options: Options,
): OpArgs {
  return {
    ...{ n: rewards.length, G, rewards, group_ids, mask: undefined as Uint8Array | undefined },
    ...{ mean: 'group', std: 'batch', std_of: 'raw', ddof: 1, eps: 1e-6, std_floor: 0 },
    ...{ leave_one_out: false, drop_equal_groups: false, ...options },
    advantages: new Float32Array(rewards.length).fill(NaN),
    stats: new Float64Array(6),
  };
}

/** Two more rewards of every third group, NaN, do not count. */
function masked(made: OpArgs): OpArgs {
  const ids = [...(made.group_ids as Int32Array)];
  const extra = ids.filter((_, i) => i % 3 === 0);
  const group_ids = Int32Array.from([...extra, ...ids]);
  const rewards = Float32Array.from([...extra.map(() => NaN), ...(made.rewards as Float32Array)]);
  return {
    ...{ ...made, n: rewards.length, rewards, group_ids },
    mask: Uint8Array.from(group_ids, (_, i) => (i < extra.length ? 0 : 1)),
    advantages: new Float32Array(rewards.length).fill(NaN),
  };
}

/** Samples without groups, such as the tokens of a batch. */
function ungrouped(r: Random, n: number, options: Options, counted = 1): OpArgs {
  const made = given(r.f32(n, 3), undefined, 0, { mean: 'batch', ...options });
  return counted === 1 ? made : { ...made, mask: r.flags(n, counted).fill(1, 0, 2) };
}

const scopes = ['none', 'batch', 'group'] as const;
const equal = (rewards: number[], options: Options) => (): OpArgs =>
  given(
    Float32Array.from(rewards),
    Int32Array.from(rewards, (_, i) => i % 2),
    2,
    options,
  );

const everyOption = scopes.flatMap((mean) =>
  scopes.flatMap((std) =>
    [0, 1].flatMap((ddof) =>
      [false, true].flatMap((leave_one_out) =>
        [false, true].flatMap((drop_equal_groups) =>
          mean === 'none' && leave_one_out
            ? []
            : [{ mean, std, ddof, leave_one_out, drop_equal_groups }],
        ),
      ),
    ),
  ),
);

const named = (options: Options): string =>
  `mean ${options.mean}, std ${options.std}, ddof ${options.ddof}` +
  (options.leave_one_out ? ', leave one out' : '') +
  (options.drop_equal_groups ? ', equal groups dropped' : '');

const cases: OpCases = {
  op: 'normalize_advantages',
  source:
    '2508.08221 section 4.1 and 2402.14740, mean and deviation of each reward on its own, in float64',
  tolerance: {
    abs: 1e-12,
    rel: 2e-7,
    because: 'one rounding to float32; sums in another order',
  },
  cases: [
    ...everyOption.flatMap((options) => [
      { name: named(options), args: (r: Random) => args(r, 13, 7, options) },
      { name: `${named(options)}, masked`, args: (r: Random) => masked(args(r, 5, 4, options)) },
    ]),
    ...[1, 2, 3, 16, 17, 31, 64, 127].flatMap((groups) =>
      (['batch', 'group'] as const).flatMap((mean) =>
        (['none', 'batch', 'group'] as const).map((std) => ({
          name: `${groups} groups, mean ${mean}, std ${std}`,
          args: (r: Random) => args(r, groups, 5, { mean, std }),
        })),
      ),
    ),
    { name: 'many', args: (r) => args(r, 61, 9) },
    { name: 'nothing', args: (r) => args(r, 0, 2) },
    ...[2, 16, 17, 255, 256, 257, 1031].flatMap((n) => [
      { name: `${n} without groups`, args: (r: Random) => ungrouped(r, n, {}) },
      { name: `${n} without groups, masked`, args: (r: Random) => ungrouped(r, n, {}, 0.7) },
    ]),
    ...[0, 1].map((ddof) => ({
      name: `all masked, ddof ${ddof}`,
      args: (r: Random) => allMasked(args(r, 3, 4, { std: 'group', ddof })),
    })),
    { name: 'std of centred rewards', args: (r) => args(r, 13, 7, { std_of: 'centered' }) },
    {
      name: 'std of centred rewards, batch mean',
      args: (r) => args(r, 13, 7, { mean: 'batch', std_of: 'centered', ddof: 0 }),
    },
    {
      name: 'std of centred rewards, equal groups dropped',
      args: (r) => args(r, 13, 7, { std_of: 'centered', drop_equal_groups: true }),
    },
    { name: 'floor', args: (r) => args(r, 13, 7, { std: 'group', std_floor: 0.4 }) },
    { name: 'floor of the batch', args: (r) => args(r, 13, 7, { std_floor: 0.7 }) },
    ...scopes.map((mean) => ({
      name: `equal rewards, mean ${mean}: exactly 0`,
      args: equal(Array(6).fill(0.1) as number[], { mean, std: 'group' }),
    })),
    {
      name: 'equal within groups',
      args: equal([1, 0, 1, 0, 1, 0, 1, 0], { mean: 'none', std: 'group' }),
    },
    {
      name: 'all groups dropped',
      args: equal([1, 0, 1, 0, 1, 0, 1, 0], { mean: 'batch', drop_equal_groups: true }),
    },
    { name: 'equal rewards, batch std', args: equal([0.3, 0.3, 0.3, 0.3], { mean: 'none' }) },
    {
      name: 'a floor does not make up a deviation',
      args: equal([0.7, 0.7, 0.7, 0.7], { mean: 'none', std_floor: 1 }),
    },
    { name: 'a NaN reward', args: equal([1, 0, NaN, 0.5, 1, 0.5], { std: 'group' }) },
    { name: 'a NaN reward in the batch', args: equal([1, 0, NaN, 0.5, 1, 0.5], {}) },
    { name: 'an infinite reward', args: equal([1, 0, Infinity, 0.5, 1, 0.5], { std: 'group' }) },
    { name: 'large and small', args: equal([3e38, 1e-38, -3e38, 2e-38, 0, 0], { std: 'none' }) },
  ],
  reference: normalizeAdvantages,
};

function allMasked(made: OpArgs): OpArgs {
  return { ...made, mask: new Uint8Array(made.n as number) };
}

export default cases;
