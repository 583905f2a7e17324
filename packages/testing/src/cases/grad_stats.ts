import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { gradStats } from '../reference/grad_stats.js';

function args(
  random: Random,
  shapes: [number, number][],
  scales: number[] = [],
  normalized = true,
): OpArgs {
  const R = shapes.reduce((sum, [rows]) => sum + rows, 0);
  return {
    K: shapes.length,
    R,
    grads: shapes.map(([rows, cols], i) =>
      random.f32(rows * cols, scales[i] ?? 10 ** (i % 5) * 1e-3),
    ),
    rows: Int32Array.from(shapes, ([rows]) => rows),
    cols: Int32Array.from(shapes, ([, cols]) => cols),
    per_neuron: new Float32Array(R).fill(9),
    per_layer: new Float64Array(shapes.length).fill(9),
    normalized: normalized ? new Float32Array(R).fill(9) : undefined,
  };
}

const lengths = [1, 2, 7, 15, 16, 17, 31, 63, 65, 255, 256, 257, 4095, 4096, 4097, 9001];
const cases: OpCases = {
  op: 'grad_stats',
  source: '2505.24061 eq. 2 on parameters, in float64',
  tolerance: { abs: 0, rel: 1e-6, because: 'float32 partial sums of 4,096 positive terms' },
  cases: [
    { name: 'no tensor', args: (r) => args(r, []) },
    { name: 'empty tensors', args: (r) => args(r, [[0, 5], [3, 0], [0, 0], [2, 3]]) }, // prettier-ignore
    {
      name: 'lengths of a neuron',
      args: (r) =>
        args(
          r,
          lengths.map((cols) => [3, cols]),
        ),
    },
    { name: 'a layer of zeros', args: (r) => args(r, [[4, 9], [5, 3], [1, 1]], [1, 0, 2]) }, // prettier-ignore
    { name: 'not normalised', args: (r) => args(r, [[17, 13], [1, 70]], [], false) }, // prettier-ignore
    { name: 'biases beside matrices', args: (r) => args(r, [[700, 1], [130, 777], [1, 100_003], [999, 2]]) }, // prettier-ignore
    { name: 'many small tensors', args: (r) => args(r, Array.from({ length: 300 }, (_, i) => [i % 5, i % 7])) }, // prettier-ignore
  ],
  reference: gradStats,
};

export default cases;
