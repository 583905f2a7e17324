import type { OpCases } from '../op-cases.js';
import { kvCacheWrite } from '../reference/kv_cache.js';

const sizes = [
  [0, 2, 3, 1, 4],
  [1, 1, 1, 1, 1],
  [5, 7, 11, 3, 5],
  [257, 31, 29, 2, 33],
];

const cases: OpCases = {
  op: 'kv_cache_write',
  source: 'definition, element by element; of two rows for the same place the later one',
  tolerance: { abs: 0, rel: 0, because: 'a copy' },
  cases: sizes.map(([R, slots, C, Hkv, D]) => ({
    name: `R${R} slots${slots} C${C} Hkv${Hkv} D${D}`,
    args: (random) => ({
      R,
      slots,
      C,
      Hkv,
      D,
      k: random.f32(R! * Hkv! * D!),
      v: random.f32(R! * Hkv! * D!),
      slot: random.i32(R!, 0, slots! - 1),
      position: random.i32(R!, 0, C! - 1),
      k_cache: random.f32(slots! * C! * Hkv! * D!),
      v_cache: random.f32(slots! * C! * Hkv! * D!),
    }),
  })),
  reference: kvCacheWrite,
};

export default cases;
