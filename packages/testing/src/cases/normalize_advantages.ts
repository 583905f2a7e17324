import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { normalizeAdvantages } from '../reference/normalize_advantages.js';

interface Options {
  mean?: 'none' | 'batch' | 'group';
  std?: 'none' | 'batch' | 'group';
  std_of?: 'raw' | 'centered';
  ddof?: number;
  std_floor?: number;
}

/** Groups of 2 to `most` rewards of 0 or 1 (some with a partial score), ids out of order and with gaps. */
function args(r: Random, groups: number, most: number, options: Options = {}): OpArgs {
  const ids = Array.from(
    { length: groups },
    (_, g) => Array(r.integer(2, most)).fill(2 * g + 1) as number[],
  );
  const group_ids = Int32Array.from(ids.flat()).sort(() => r.uniform(-1, 1));
  const solved = Array.from({ length: 2 * groups }, () => r.uniform(-0.2, 1.2));
  const reward = (id: number): number =>
    r.uniform() < solved[id]! ? 1 : r.uniform() < 0.3 ? 0.1 : 0;
  const rewards = Float32Array.from(group_ids, reward);
  return given(rewards, group_ids, 2 * groups + 1, options);
}

function given(rewards: Float32Array, group_ids: Int32Array, G: number, options: Options): OpArgs {
  return {
    ...{ n: rewards.length, G, rewards, group_ids },
    ...{ mean: 'group', std: 'batch', std_of: 'raw', ddof: 1, eps: 1e-6, std_floor: 0, ...options },
    advantages: new Float32Array(rewards.length).fill(NaN),
    stats: new Float64Array(4),
  };
}

const scopes = ['none', 'batch', 'group'] as const;
const equal = (rewards: number[], options: Options) => (): OpArgs =>
  given(
    Float32Array.from(rewards),
    Int32Array.from(rewards, (_, i) => i % 2),
    2,
    options,
  );

const cases: OpCases = {
  op: 'normalize_advantages',
  source: '2508.08221 section 4.1, mean and deviation of each reward on its own, in float64',
  tolerance: {
    abs: 1e-12,
    rel: 2e-7,
    because: 'one rounding to float32; sums in another order',
  },
  cases: [
    ...scopes.flatMap((mean) =>
      scopes.flatMap((std) =>
        [0, 1].map((ddof) => ({
          name: `mean ${mean}, std ${std}, ddof ${ddof}`,
          args: (r: Random) => args(r, 13, 7, { mean, std, ddof }),
        })),
      ),
    ),
    { name: 'nothing', args: (r) => args(r, 0, 2) },
    { name: 'std of centred rewards', args: (r) => args(r, 13, 7, { std_of: 'centered' }) },
    {
      name: 'std of centred rewards, batch mean',
      args: (r) => args(r, 13, 7, { mean: 'batch', std_of: 'centered', ddof: 0 }),
    },
    { name: 'floor', args: (r) => args(r, 13, 7, { std: 'group', std_floor: 0.4 }) },
    { name: 'many', args: (r) => args(r, 61, 9) },
    ...scopes.map((mean) => ({
      name: `equal rewards, mean ${mean}: exactly 0`,
      args: equal(Array(6).fill(0.1) as number[], { mean, std: 'group' }),
    })),
    {
      name: 'equal within groups',
      args: equal([1, 0, 1, 0, 1, 0, 1, 0], { mean: 'none', std: 'group' }),
    },
    { name: 'equal rewards, batch std', args: equal([0.3, 0.3, 0.3, 0.3], { mean: 'none' }) },
    {
      name: 'a floor does not make up a deviation',
      args: equal([0.7, 0.7, 0.7, 0.7], { mean: 'none', std_floor: 1 }),
    },
    { name: 'a NaN reward', args: equal([1, 0, NaN, 0.5, 1, 0.5], { std: 'group' }) },
  ],
  reference: normalizeAdvantages,
};

export default cases;
