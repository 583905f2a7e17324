import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { qkvCacheWrite } from '../reference/qkv_cache_write.js';

const sizes = [
  [0, 2, 3, 2, 1, 4],
  [1, 1, 1, 0, 1, 2],
  [5, 7, 11, 6, 2, 10],
  [131, 31, 29, 4, 2, 32],
  [3, 2, 5, 5, 1, 64],
  [67, 9, 13, 3, 3, 34],
];

function args(random: Random, [R, slots, C, H, Hkv, D]: number[], eps: number): OpArgs {
  const half = D! / 2;
  const P = C! + 3;
  const angles = Float64Array.from({ length: P * half }, () => random.uniform(-3, 3));
  const cache = (): Float32Array => random.f32(slots! * C! * Hkv! * D!);
  return {
    ...{ R, slots, C, H, Hkv, D, half, P },
    qkv: random.f32(R! * (H! + 2 * Hkv!) * D!, 1.7),
    q_norm: random.f32(D!),
    k_norm: random.f32(D!),
    eps,
    cos: Float32Array.from(angles, Math.cos),
    sin: Float32Array.from(angles, Math.sin),
    slot: random.i32(R!, 0, slots! - 1),
    position: random.i32(R!, 0, C! - 1),
    q: new Float32Array(R! * H! * D!),
    k_cache: cache(),
    v_cache: cache(),
  };
}

const cases: OpCases = {
  op: 'qkv_cache_write',
  source: '1910.07467 eq. 4 and 2104.09864 eq. 34, head by head',
  tolerance: {
    abs: 4e-6,
    rel: 1e-6,
    because: 'a norm, two products and a difference of values up to 10: a few roundings each',
  },
  cases: sizes.flatMap((size) =>
    [1e-6, 0.3].map((eps) => ({
      name: `${['R', 'slots', 'C', 'H', 'Hkv', 'D'].map((n, i) => n + size[i]).join(' ')} eps ${eps}`,
      args: (random: Random) => args(random, size, eps),
    })),
  ),
  reference: qkvCacheWrite,
};

export default cases;
