import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { rotaryEmbedding } from '../reference/rotary.js';

function args(random: Random, T: number, H: number, half: number, options: OpArgs): OpArgs {
  const P = 19;
  const angles = random.f32(P * half, 3);
  return {
    T,
    H,
    D: 2 * half,
    half,
    P,
    x: random.f32(T * H * 2 * half),
    positions: random.i32(T, 0, P - 1),
    cos: angles.map(Math.cos),
    sin: angles.map(Math.sin),
    inverse: false,
    y: new Float32Array(T * H * 2 * half),
    ...options,
  };
}

const sizes = [
  [0, 3, 4],
  [5, 0, 3],
  [5, 2, 0],
  [1, 1, 1],
  [7, 3, 5],
  [31, 4, 16],
  [257, 3, 33],
];

const cases: OpCases = {
  op: 'rotary_embedding',
  source: '2104.09864 eq. 13 and 34 with complex numbers, pairing (j, j + D/2) of transformers',
  tolerance: { abs: 1e-6, rel: 2e-7, because: 'two products of size up to 5 and one sum' },
  cases: [
    ...sizes.map(([T, H, half]) => ({
      name: `T${T} H${H} D${2 * half!}`,
      args: (random: Random) => args(random, T!, H!, half!, {}),
    })),
    { name: 'inverse', args: (random) => args(random, 23, 3, 9, { inverse: true }) },
    {
      name: 'in place',
      args: (random) => {
        const x = random.f32(23 * 3 * 42);
        return args(random, 23, 3, 21, { x, y: x });
      },
    },
  ],
  reference: rotaryEmbedding,
};

export default cases;
