import type { OpArgs, OpCases } from './op-cases.js';
import type { Random } from './random.js';

function args(random: Random, N: number, V: number, inPlace = false): OpArgs {
  const x = random.f32(N * V, 3);
  return { N, V, x, y: inPlace ? x : new Float32Array(N * V) };
}

function special(): OpArgs {
  const rows = [
    [-Infinity, 1, 2, -Infinity, 3],
    [1e30, 1e30, -1e30, 0, 1],
    [300, 299, 301, -500, 0],
    [NaN, 1, 2, 3, 4],
    [1, Infinity, 2, 3, 4],
    [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity],
  ];
  return { N: 6, V: 5, x: Float32Array.from(rows.flat()), y: new Float32Array(30) };
}

/** Calls of an op over rows, `{ N, V, x, y }`: sizes, in place, and rows with infinities and wide ranges. */
export const softmaxRowCases: OpCases['cases'] = [
  ...[
    [0, 5],
    [3, 0],
    [1, 1],
    [5, 2],
    [3, 7],
    [3, 8],
    [3, 15],
    [2, 16],
    [2, 17],
    [67, 41],
    [3, 63],
    [3, 65],
    [2, 255],
    [2, 257],
    [5, 64],
    [3, 1024],
    [3, 1028],
    [2, 4099],
    [901, 19],
  ].map(([N, V]) => ({
    name: `${N}x${V}`,
    args: (random: Random) => args(random, N!, V!),
  })),
  { name: 'in place', args: (random) => args(random, 5, 37, true) },
  { name: 'infinities, NaN and large elements', args: special },
];
