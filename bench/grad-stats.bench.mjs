// Gradient statistics: many matrices, one large one, one long row, and thousands of small tensors.
import { encoded, Random } from '@anacrusis/testing';

export const title = 'gradient statistics';

function noise(random, n, dtype) {
  const some = encoded(random.f32(65_521, 1e-3), dtype);
  const all = new some.constructor(n);
  for (let at = 0; at < n; at += some.length) all.set(some.subarray(0, n - at), at);
  return all;
}

function argsOf({ shapes, dtype = 'f32', everything = false }) {
  const random = new Random(3);
  const K = shapes.length;
  const R = shapes.reduce((sum, [, neurons]) => sum + neurons, 0);
  const tau = Float64Array.of(0, 0.025);
  const wanted = everything && {
    dormant: new Int32Array(2 * K),
    norm: new Float64Array(K),
    nonfinite: new Float64Array(K),
    largest: new Float32Array(K),
  };
  return {
    ...{ K, R, n_tau: 2, n_quantiles: 0, half: 'bf16', dtype, tau, quantile: new Float64Array(0) },
    grads: shapes.map((shape) => noise(random, shape[0] * shape[1] * shape[2], dtype)),
    outer: Int32Array.from(shapes, ([outer]) => outer),
    neurons: Int32Array.from(shapes, ([, neurons]) => neurons),
    inner: Int32Array.from(shapes, ([, , inner]) => inner),
    ...{ per_neuron: new Float32Array(R), per_layer: new Float64Array(K) },
    ...{ normalized: new Float32Array(R), ...wanted },
  };
}

function testCase(name, options, small) {
  const { shapes, dtype = 'f32' } = options;
  const elements = shapes.reduce((sum, [o, n, i]) => sum + o * n * i, 0);
  // `dtype` is for the harness, which places 16-bit arrays by it.
  const call = (ops, args) => {
    const given = { ...args };
    delete given.dtype;
    ops.grad_stats(given);
  };
  return {
    name: `${name}${dtype === 'f32' ? '' : ` ${dtype}`}${options.everything ? ', all of them' : ''}`,
    op: 'grad_stats',
    args: () => argsOf(options),
    call,
    bytes: elements * (dtype === 'f32' ? 4 : 2),
    against: 'read',
    check: { args: () => argsOf({ ...options, shapes: small ?? shapes }) },
    peer: options.peer ? { name: 'grad_stats' } : undefined,
    repeat: options.repeat,
    goal: options.goal ?? { share: 0.85 },
  };
}

const repeat = (count, shape) => Array.from({ length: count }, () => shape);
const hundred = repeat(100, [1, 256, 256]);
const square = [[1, 8192, 8192]];

/** 2 G parameters in bf16, as of a small language model; and 100 small matrices, which take about as long as a launch. */
export const gpuCases = [
  testCase('32 x 8192x8192', { shapes: repeat(32, [1, 8192, 8192]), dtype: 'bf16', goal: { share: 0.9 } }, [[1, 301, 1009]]), // prettier-ignore
  testCase('100 x 256x256, 100 calls', { shapes: hundred, repeat: 100, peer: true, goal: {} }, hundred.slice(0, 5)), // prettier-ignore
];

export const cases = [
  testCase('100 x 256x256', { shapes: hundred, peer: true }, hundred.slice(0, 5)),
  testCase('100 x 256x256', { shapes: hundred, everything: true }, hundred.slice(0, 5)),
  testCase('100 x 256x256', { shapes: hundred, dtype: 'bf16' }, hundred.slice(0, 5)),
  testCase('100 x 256x256 by columns', { shapes: repeat(100, [256, 256, 1]) }, repeat(3, [256, 256, 1])), // prettier-ignore
  testCase('1 x 8192x8192', { shapes: square, peer: true }, [[1, 301, 1009]]),
  testCase('1 x 8192x8192', { shapes: square, everything: true }, [[1, 301, 1009]]),
  testCase('1 x 1x67108864', { shapes: [[1, 1, 1 << 26]] }, [[1, 1, 300_007]]),
  testCase(
    '2000 x 64x64',
    { shapes: repeat(2000, [1, 64, 64]), peer: true },
    repeat(9, [1, 64, 64]),
  ),
];
