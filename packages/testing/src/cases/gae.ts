import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { gae } from '../reference/gae.js';

interface Options {
  nextValues?: boolean;
  lastValues?: boolean;
  truncated?: boolean;
  mask?: boolean;
  gamma?: number;
  lambda?: number;
}

function args(random: Random, N: number, T: number, options: Options): OpArgs {
  const size = N * T;
  return {
    N,
    T,
    rewards: random.f32(size),
    values: random.f32(size),
    next_values: options.nextValues ? random.f32(size) : undefined,
    last_values: options.lastValues ? random.f32(N) : undefined,
    terminated: random.flags(size, 0.1),
    truncated: options.truncated ? random.flags(size, 0.15) : undefined,
    mask: options.mask ? random.flags(size, 0.8) : undefined,
    gamma: options.gamma ?? 0.97,
    gae_lambda: options.lambda ?? 0.9,
    advantages: new Float32Array(size),
    returns: new Float32Array(size),
  };
}

/** Rows of several lengths: the last step that counts is cut off, and what is masked holds anything. */
function paddedAndCutOff(random: Random, N: number, T: number): OpArgs {
  const a = args(random, N, T, { lastValues: true });
  const counts = (i: number): boolean => i % T < T - (Math.floor(i / T) % T);
  const mask = Uint8Array.from({ length: N * T }, (_, i) => Number(counts(i)));
  const truncated = mask.map((one, i) => Number(one === 0 || i % T === T - 1 || mask[i + 1] === 0));
  return { ...a, mask, truncated };
}

const cases: OpCases = {
  op: 'gae',
  source: '1506.02438 eq. 11-16, summed forward from every step instead of by the recursion',
  tolerance: {
    abs: 1e-6,
    rel: 4e-7 / (1 - 0.97 * 0.9),
    because: 'rounding of T float32 steps decays with (gamma lambda)^k',
  },
  cases: [
    ...[
      [0, 5],
      [3, 0],
      [1, 1],
      [1, 2],
      [7, 13],
      [16, 17],
      [33, 31],
      [3, 1025],
      [1201, 15],
    ].map(([N, T]) => ({
      name: `${N}x${T}`,
      args: (random: Random) => args(random, N!, T!, { lastValues: true }),
    })),
    { name: 'no bootstrap', args: (r) => args(r, 5, 11, {}) },
    { name: 'next values', args: (r) => args(r, 5, 11, { nextValues: true }) },
    { name: 'truncated', args: (r) => args(r, 9, 23, { nextValues: true, truncated: true }) },
    { name: 'masked', args: (r) => args(r, 9, 23, { lastValues: true, mask: true }) },
    {
      name: 'masked and truncated',
      args: (r) => args(r, 9, 23, { nextValues: true, truncated: true, mask: true }),
    },
    { name: 'padded, cut off at the end', args: (r) => paddedAndCutOff(r, 9, 7) },
    { name: 'lambda 0', args: (r) => args(r, 4, 9, { lastValues: true, lambda: 0 }) },
    { name: 'gamma 0', args: (r) => args(r, 4, 9, { lastValues: true, gamma: 0 }) },
  ],
  reference: gae,
};

export default cases;
