import { encoded, type FloatType } from '../floats.js';
import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { gradStats } from '../reference/grad_stats.js';

/** outer, neurons, inner */
type Shape = readonly [number, number, number];

interface Options {
  scales?: number[];
  types?: FloatType[];
  half?: FloatType;
  tau?: number[];
  quantile?: number[];
  /** Leave the optional outputs out. */
  least?: boolean;
  change?: (grads: Float32Array[]) => void;
}

const rows = (count: number, width: number): Shape => [1, count, width];

function args(random: Random, shapes: readonly Shape[], options: Options = {}): OpArgs {
  const { types = ['f32'], half = 'bf16', least = false } = options;
  const K = shapes.length;
  const R = shapes.reduce((sum, [, neurons]) => sum + neurons, 0);
  const grads = shapes.map((shape, i) =>
    random.f32(
      shape.reduce((a, b) => a * b, 1),
      options.scales?.[i] ?? 10 ** (i % 5) * 1e-3,
    ),
  );
  options.change?.(grads);
  const tau = Float64Array.from(options.tau ?? [0, 0.025, 0.5, 0.93]);
  const quantile = Float64Array.from(options.quantile ?? [0, 0.1, 0.5, 0.93, 1]);
  const wide = (length: number): Float64Array | undefined =>
    least ? undefined : new Float64Array(length).fill(9);
  return {
    ...{ K, R, n_tau: tau.length, n_quantiles: quantile.length, half, tau, quantile },
    grads: grads.map((grad, i) => encoded(grad, types[i % types.length]!)),
    outer: Int32Array.from(shapes, ([outer]) => outer),
    neurons: Int32Array.from(shapes, ([, neurons]) => neurons),
    inner: Int32Array.from(shapes, ([, , inner]) => inner),
    per_neuron: new Float32Array(R).fill(9),
    per_layer: new Float64Array(K).fill(9),
    normalized: least ? undefined : new Float32Array(R).fill(9),
    dormant: least ? undefined : new Int32Array(K * tau.length).fill(9),
    layer_quantiles: wide(K * quantile.length),
    all_quantiles: wide(quantile.length),
    ...{ norm: wide(K), nonfinite: wide(K) },
    largest: least ? undefined : new Float32Array(K).fill(9),
  };
}

// Around the widths of vectors, warps, blocks of sums and pieces of the CPU and of the device.
const lengths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 255, 256, 257, 511, 513, 1023, 1025, 4095, 4096, 4097, 8191, 8193, 16_385, 65_537]; // prettier-ignore
const counts = [1, 2, 5, 8, 13, 33, 257];
const types: FloatType[] = ['f32', 'bf16', 'f16'];

const single = lengths.flatMap((inner, i) =>
  types.map((type) => ({
    name: `rows of ${inner}, ${type}`,
    args: (r: Random) =>
      args(r, [rows(inner > 5000 ? 2 : counts[i % counts.length]!, inner)], {
        ...{ types: [type], half: type === 'f16' ? 'f16' : 'bf16', tau: [0.9], quantile: [0.5] },
      }),
  })),
);

// Columns of [outer, neurons], and channels that lie inside.
const inside: Shape[] = [
  [2, 1, 1],
  [3, 2, 1],
  [17, 31, 1],
  [65, 33, 1],
  [255, 4, 1],
  [256, 5, 1],
  [257, 3, 1],
  [513, 7, 1],
  [3, 4097, 1],
  [70, 300, 1],
  [5, 257, 1],
  [1030, 65, 1],
  [2, 3, 9],
  [16, 7, 9],
  [33, 5, 25],
  [300, 3, 9],
  [4, 6, 260],
  [3, 2, 4099],
];
const columns = inside.flatMap((shape) =>
  types.map((type) => ({
    name: `neurons inside ${shape.join('x')}, ${type}`,
    args: (r: Random) =>
      args(r, [shape], { types: [type], half: type === 'f16' ? 'f16' : 'bf16', tau: [0.97, 1] }),
  })),
);

const put = (value: number, at: number) => (grads: Float32Array[]) => {
  grads[1]![at] = value;
};
const three = [rows(4, 9), rows(5, 3), rows(1, 1)];
const broken = [NaN, Infinity, -Infinity, 3e38, -2e25, 1e-30].flatMap((value) =>
  [0, 4, 14].map((at) => ({
    name: `${value} at ${at}`,
    args: (r: Random) => args(r, three, { change: put(value, at) }),
  })),
);

const cases: OpCases = {
  op: 'grad_stats',
  source: '2505.24061 eq. 2 on parameters, in float64; numpy.quantile, linear',
  tolerance: {
    abs: 2e-45,
    rel: 1e-6,
    because: 'float32 partial sums of 4,096 positive terms; the smallest float32',
  },
  cases: [
    { name: 'no tensor', args: (r) => args(r, []) },
    { name: 'empty tensors', args: (r) => args(r, [rows(0, 5), rows(3, 0), [0, 4, 2], rows(0, 0), rows(2, 3)]) }, // prettier-ignore
    { name: 'all lengths of a row', args: (r) => args(r, lengths.slice(0, -2).map((n) => rows(3, n))) }, // prettier-ignore
    { name: 'a layer of zeros', args: (r) => args(r, three, { scales: [1, 0, 2] }) },
    { name: 'least', args: (r) => args(r, [rows(17, 13), [5, 70, 1]], { least: true }) },
    { name: 'no thresholds or quantiles', args: (r) => args(r, three, { tau: [], quantile: [] }) },
    { name: 'biases beside matrices', args: (r) => args(r, [rows(700, 1), rows(130, 177), rows(1, 20_003), rows(999, 2)]) }, // prettier-ignore
    { name: 'many small tensors', args: (r) => args(r, Array.from({ length: 300 }, (_, i) => rows(i % 5, i % 7))) }, // prettier-ignore
    { name: 'types beside each other', args: (r) => args(r, [rows(7, 33), rows(3, 100), [6, 5, 4], rows(9, 9)], { types: ['f32', 'bf16'] }) }, // prettier-ignore
    { name: 'a long row', args: (r) => args(r, [rows(1, 150_001)], { scales: [1e-20] }) },
    { name: 'neurons in order of size', args: (r) => args(r, [rows(1025, 1)], { change: ([g]) => g!.forEach((_, i) => (g![i] = i)) }) }, // prettier-ignore
    { name: 'equal neurons', args: (r) => args(r, [rows(50, 2)], { change: ([g]) => g!.fill(0.25), tau: [1, 0.999] }) }, // prettier-ignore
    ...single,
    ...columns,
    ...broken,
    ...[1, 2, 3, 4, 31, 100].map((n) => ({
      name: `quantiles of ${n}`,
      args: (r: Random) => args(r, [rows(n, 3), rows(n + 1, 1)], { quantile: [0, 0.25, 1 / 3, 0.5, 0.99, 1] }), // prettier-ignore
    })),
    ...Array.from({ length: 40 }, (_, i) => ({
      name: `shapes at random ${i}`,
      args: (r: Random) =>
        args(
          r,
          Array.from(
            { length: r.integer(1, 9) },
            () => [r.integer(1, 9), r.integer(1, 40), r.integer(1, 40)] as const,
          ),
          { types: [types[i % 3]!, 'f32'], half: i % 3 === 2 ? 'f16' : 'bf16' },
        ),
    })),
  ],
  reference: gradStats,
};

export default cases;
