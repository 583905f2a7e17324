import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { headSums } from '../reference/head_sums.js';

function args(random: Random, S: number, H: number, L: number, share = 0.5): OpArgs {
  const heads = random.flags(H, share);
  const values = random.f32(S * H * L);
  // A head that is not chosen may hold anything.
  heads.forEach((chosen, h) => {
    if (!chosen && L > 0 && S > 0) values[h * L] = NaN;
  });
  return { S, H, L, values, heads, factor: 0.3, sums: random.f32(S * L) };
}

const cases: OpCases = {
  op: 'head_sums',
  source: 'the definition, summed in float64',
  tolerance: { abs: 2e-6, rel: 1e-6, because: 'float32 sums of at most 17 standard normals' },
  cases: [
    ...[
      [0, 4, 7],
      [1, 0, 7],
      [3, 2, 0],
      [1, 1, 1],
      [1, 4, 33],
      [5, 6, 31],
      [2, 17, 8200],
    ].map(([S, H, L]) => ({ name: `${S}x${H}x${L}`, args: (r: Random) => args(r, S!, H!, L!) })),
    ...[1, 2, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 513].flatMap(
      (L, i) =>
        [0.2, 0.4, 0.6, 0.8, 1].flatMap((share, j) =>
          [1, 3].map((S) => ({
            name: `${S}x${1 + ((i + 2 * j) % 17)}x${L}, share ${share}`,
            args: (r: Random) => args(r, S, 1 + ((i + 2 * j) % 17), L, share),
          })),
        ),
    ),
    { name: 'no head chosen', args: (r) => args(r, 3, 5, 9, 0) },
    { name: 'all heads chosen', args: (r) => args(r, 3, 5, 9, 1) },
  ],
  reference: headSums,
};

export default cases;
