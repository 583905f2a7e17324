import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { globalNorm } from '../reference/global_norm.js';

function args(r: Random, sizes: number[], scale = 0.7): OpArgs {
  const grads = sizes.map((size) => r.f32(size, scale));
  return { grads, norm: new Float64Array(1), nonfinite: new Float64Array(1) };
}

function withBad(made: OpArgs, values: number[]): OpArgs {
  const last = (made.grads as Float32Array[]).at(-1)!;
  values.forEach((value, i) => (last[3 * i] = value));
  return made;
}

const cases: OpCases = {
  op: 'global_norm',
  source: 'definition in float64',
  tolerance: { abs: 0, rel: 1e-13, because: 'float64 sums in another order' },
  cases: [
    { name: 'no arrays', args: (r) => args(r, []) },
    { name: 'empty arrays', args: (r) => args(r, [0, 0]) },
    { name: 'one of each size', args: (r) => args(r, [1, 0, 7, 8, 15, 16, 17, 31, 1009]) },
    { name: 'across parts', args: (r) => args(r, [16383, 1, 2, 40009]) },
    { name: 'beyond float32', args: (r) => args(r, [5, 33], 1e30) },
    { name: 'below float32', args: (r) => args(r, [5, 33], 1e-30) },
    { name: 'no count', args: (r) => ({ ...args(r, [5]), nonfinite: undefined }) },
    { name: 'NaN', args: (r) => withBad(args(r, [5, 19]), [NaN, Infinity, NaN]) },
    { name: 'infinite', args: (r) => withBad(args(r, [5, 19]), [Infinity, -Infinity]) },
  ],
  reference: globalNorm,
};

export default cases;
