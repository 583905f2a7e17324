import type { OpCases } from '../op-cases.js';
import { embedding } from '../reference/embedding.js';

const sizes = [
  [5, 3, 0],
  [1, 1, 1],
  [3, 0, 4],
  [7, 5, 11],
  [41, 64, 33],
  [13, 17, 1025],
  [2, 16385, 3],
];

const cases: OpCases = {
  op: 'embedding',
  source: 'definition: product of the one-hot matrix of the ids with the table',
  tolerance: { abs: 0, rel: 0, because: 'a copy' },
  cases: sizes.map(([V, D, T]) => ({
    name: `V${V} D${D} T${T}`,
    args: (random) => ({
      V,
      D,
      T,
      table: random.f32(V! * D!),
      ids: random.i32(T!, 0, V! - 1),
      y: new Float32Array(T! * D!),
    }),
  })),
  reference: embedding,
};

export default cases;
