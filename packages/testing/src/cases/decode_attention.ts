import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { decodeAttention } from '../reference/kv_cache.js';

function args(
  random: Random,
  [R, slots, C, H, Hkv, D]: number[],
  scale = 1.3 / Math.sqrt(D!),
): OpArgs {
  const slot = random.i32(R!, 0, slots! - 1);
  const length = random.i32(R!, 1, C!);
  if (R! > 1) length.set([C!, 1]);
  const used = new Int32Array(slots!);
  slot.forEach((s, row) => (used[s] = Math.max(used[s]!, length[row]!)));
  // What no row may look at is NaN.
  const cache = (): Float32Array =>
    random.f32(slots! * C! * Hkv! * D!).map((x, i) => {
      const place = Math.floor(i / (Hkv! * D!));
      return place % C! < used[Math.floor(place / C!)]! ? x : NaN;
    });
  return {
    R,
    slots,
    C,
    H,
    Hkv,
    D,
    q: random.f32(R! * H! * D!),
    k_cache: cache(),
    v_cache: cache(),
    slot,
    length,
    scale,
    y: new Float32Array(R! * H! * D!),
  };
}

/** Rows of prompts: sequences one after another, up to `most` rows each, lengths rising by one. */
function prompts(random: Random, [R, slots, C, H, Hkv, D]: number[], most: number): OpArgs {
  const made = args(random, [R!, slots!, C!, H!, Hkv!, D!]);
  const { slot, length } = made as unknown as { slot: Int32Array; length: Int32Array };
  for (let row = 0, s = 0; row < R!; s = (s + 1) % slots!) {
    const rows = Math.min(random.integer(1, most), R! - row);
    const before = random.integer(0, C! - rows);
    for (let i = 0; i < rows; i++, row++) {
      slot[row] = s;
      length[row] = before + i + 1;
    }
  }
  for (const cache of [made.k_cache, made.v_cache]) (cache as Float32Array).set(random.f32(slots! * C! * Hkv! * D!)); // prettier-ignore
  return made;
}

const sizes = [
  [0, 2, 3, 2, 1, 4],
  [1, 1, 1, 1, 1, 1],
  [5, 7, 11, 6, 2, 5],
  [33, 40, 37, 4, 2, 32],
  [9, 4, 64, 3, 3, 16],
  [9, 3, 65, 5, 1, 33],
  [4, 2, 331, 4, 1, 20],
  [3, 5, 130, 2, 1, 128],
  [4, 2, 773, 4, 2, 12],
  [4, 1, 8449, 1, 1, 3],
  [3, 2, 40, 19, 1, 33],
  [2, 2, 17, 3, 1, 300],
  [3, 2, 33, 5, 1, 150],
];

const cases: OpCases = {
  op: 'decode_attention',
  source: '1706.03762 eq. 1, the last query of a sequence',
  tolerance: {
    abs: 1e-5,
    rel: 1e-6,
    because: 'float32 scores up to 20 in size: exp amplifies their rounding',
  },
  cases: [
    ...sizes.map((size) => ({
      name: ['R', 'slots', 'C', 'H', 'Hkv', 'D'].map((name, i) => name + size[i]).join(' '),
      args: (random: Random) => args(random, size),
    })),
    { name: 'prompts', args: (random) => prompts(random, [61, 3, 90, 4, 2, 24], 30) },
    {
      name: 'prompts, one head a key',
      args: (random) => prompts(random, [90, 2, 300, 2, 2, 7], 90),
    },
    { name: 'prompts, 70 heads a key', args: (random) => prompts(random, [5, 2, 9, 70, 1, 3], 3) },
    { name: 'negative scale', args: (random) => args(random, [7, 3, 90, 4, 2, 24], -0.4) },
  ],
  reference: decodeAttention,
};

export default cases;
