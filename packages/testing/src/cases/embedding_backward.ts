import type { OpCases } from '../op-cases.js';
import { embeddingBackward } from '../reference/embedding_backward.js';

const sizes = [
  [5, 3, 0],
  [1, 1, 1],
  [3, 0, 4],
  [7, 5, 11],
  [41, 64, 333],
  [3, 37, 1025],
  [2, 4099, 9],
  [1100, 3, 700],
  [5, 258, 2051],
];

const cases: OpCases = {
  op: 'embedding_backward',
  source: 'definition: transpose of the one-hot matrix of the ids times dy, added',
  tolerance: { abs: 2e-5, rel: 1e-6, because: 'sums of up to 600 float32 terms of size 1' },
  cases: sizes.map(([V, D, T]) => ({
    name: `V${V} D${D} T${T}`,
    args: (random) => ({
      V,
      D,
      T,
      ids: random.i32(T!, 0, V! - 1),
      dy: random.f32(T! * D!),
      dtable: random.f32(V! * D!),
    }),
  })),
  reference: embeddingBackward,
};

export default cases;
