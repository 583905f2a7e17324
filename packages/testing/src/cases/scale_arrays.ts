import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { scaleArrays } from '../reference/scale_arrays.js';

function args(r: Random, sizes: number[], scale: number): OpArgs {
  return { arrays: sizes.map((size) => r.f32(size)), scale };
}

const cases: OpCases = {
  op: 'scale_arrays',
  source: 'definition in float64',
  tolerance: { abs: 0, rel: 1.3e-7, because: 'the factor and the product round to float32' },
  cases: [
    { name: 'no arrays', args: (r) => args(r, [], 0.3) },
    { name: 'empty arrays', args: (r) => args(r, [0, 5, 0], 0.3) },
    { name: 'one of each size', args: (r) => args(r, [1, 2, 7, 8, 15, 16, 17, 31, 65, 1009], 0.3) },
    { name: 'across parts', args: (r) => args(r, [65535, 2, 70001], -1.7) },
    { name: 'to 0', args: (r) => args(r, [9], 0) },
  ],
  reference: scaleArrays,
};

export default cases;
