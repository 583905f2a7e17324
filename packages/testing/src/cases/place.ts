import type { OpCases } from '../op-cases.js';
import { place } from '../reference/place.js';

const sizes = [
  [0, 3, 2], [1, 1, 1], [3, 5, 1], [1, 17, 4], [7, 2, 9], [5, 33, 3], [2, 1, 0], [13, 65, 31],
] as const; // prettier-ignore

const cases: OpCases = {
  op: 'place',
  source: 'definition: the adjoint of picking one element along an axis',
  tolerance: { abs: 0, rel: 0, because: 'elements are copied' },
  cases: sizes.map(([outer, n, inner]) => ({
    name: `${outer}x${n}x${inner}`,
    args: (random) => ({
      ...{ outer, n, inner, dy: random.f32(outer * inner) },
      index: random.i32(outer * inner, 0, n - 1),
      dx: new Float32Array(outer * n * inner),
    }),
  })),
  reference: place,
};

export default cases;
