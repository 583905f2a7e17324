import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { binary, binaryFunctions } from '../reference/binary.js';

type Shape = [number, number, number, number];

const count = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** Strides of a row-major array, 0 along the axes of size 1. */
function strides(shape: Shape): Shape {
  return shape.map((size, axis) =>
    size === 1 ? 0 : count(shape.map((s, i) => (i > axis ? s : 1)) as Shape),
  ) as Shape;
}

function named(prefix: string, values: Shape): Record<string, number> {
  return Object.fromEntries(values.map((value, axis) => [`${prefix}${axis}`, value]));
}

function args(random: Random, d: Shape, a: Shape, b: Shape, fn: string, inPlace = false): OpArgs {
  const left = random.f32(count(a));
  return {
    ...named('d', d),
    A: count(a),
    B: count(b),
    a: left,
    b: random.f32(count(b)),
    ...named('a_s', strides(a)),
    ...named('b_s', strides(b)),
    fn,
    y: inPlace ? left : new Float32Array(count(d)),
  };
}

const broadcasts: [string, Shape, Shape, Shape][] = [
  ['scalar right', [1, 1, 7, 33], [1, 1, 7, 33], [1, 1, 1, 1]],
  ['scalar left', [1, 1, 7, 33], [1, 1, 1, 1], [1, 1, 7, 33]],
  ['row vector', [1, 1, 301, 64], [1, 1, 301, 64], [1, 1, 1, 64]],
  ['column vector', [1, 1, 301, 67], [1, 1, 301, 67], [1, 1, 301, 1]],
  ['row and column', [1, 1, 13, 17], [1, 1, 13, 1], [1, 1, 1, 17]],
  ['two scalars', [1, 1, 1, 19], [1, 1, 1, 1], [1, 1, 1, 1]],
  ['middle axes', [3, 5, 7, 11], [3, 1, 7, 1], [1, 5, 1, 11]],
  ['outer axes', [3, 5, 7, 11], [3, 5, 7, 11], [3, 5, 1, 1]],
  ['repeated whole', [5, 3, 9, 16], [5, 3, 9, 16], [1, 1, 9, 16]],
  ['empty', [3, 0, 2, 5], [3, 0, 2, 5], [1, 1, 1, 5]],
  ['over several pieces', [3, 2, 83, 101], [3, 1, 83, 101], [1, 2, 83, 1]],
];

function transposed(random: Random): OpArgs {
  return {
    ...args(random, [1, 1, 23, 19], [1, 1, 19, 23], [1, 1, 23, 19], 'sub'),
    ...named('a_s', [0, 0, 1, 23]),
  };
}

const cases: OpCases = {
  op: 'binary',
  source: 'four nested loops over strides in float64',
  tolerance: { abs: 0, rel: 6e-8, because: 'one correctly rounded operation: half an ulp' },
  cases: [
    ...[0, 1, 7, 8, 9, 15, 16, 17, 33, 65, 16383, 16385, 40009].map((n) => ({
      name: `same shape, ${n}`,
      args: (random: Random) => args(random, [1, 1, 1, n], [1, 1, 1, n], [1, 1, 1, n], 'mul'),
    })),
    ...Object.keys(binaryFunctions).flatMap((fn) =>
      broadcasts.map(([name, d, a, b]) => ({
        name: `${fn}, ${name}`,
        args: (random: Random) => args(random, d, a, b, fn),
      })),
    ),
    {
      name: 'in place',
      args: (random) => args(random, [1, 3, 5, 17], [1, 3, 5, 17], [1, 1, 5, 1], 'sub', true),
    },
    { name: 'transposed argument', args: transposed },
    ...['max', 'min', 'div'].map((fn) => ({
      name: `${fn} with NaN and infinities`,
      args: (random: Random) => ({
        ...args(random, [1, 1, 1, 6], [1, 1, 1, 6], [1, 1, 1, 6], fn),
        a: Float32Array.of(NaN, 1, NaN, Infinity, -Infinity, 2),
        b: Float32Array.of(2, NaN, NaN, 5, -Infinity, Infinity),
      }),
    })),
  ],
  reference: binary,
};

export default cases;
