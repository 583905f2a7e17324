import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { cast } from '../reference/cast.js';

type FloatType = 'f32' | 'bf16' | 'f16';

// Ties both ways, the edges of the subnormals and of the range in both formats.
const special = [
  0, -0, 1, -1, Infinity, -Infinity, NaN, 1.00390625, 1.01171875, 1.00048828125, 1.00146484375,
  65504, 65519.996, 65520, -70000, 6.103515625e-5, 6.097555e-5, 2 ** -24,
  2 ** -25, 2 ** -25 * (1 + 2 ** -22), 1e-20, 3.38953138925e38, 3.4e38, 1.17549435e-38, 1e-40,
]; // prettier-ignore

function values(random: Random, n: number, from: FloatType): Float32Array | Uint16Array {
  if (from === 'f32') return random.f32(n, 3).map((v) => v * 10 ** random.integer(-9, 5));
  const notNaN = from === 'bf16' ? 0x7f80 : 0x7c00; // NaN of any bits narrows to one NaN
  return Uint16Array.from({ length: n }, () => {
    const bits = random.next() & 0xffff;
    return (bits & 0x7fff) > notNaN ? bits & 0x3fff : bits;
  });
}

function args(x: Float32Array | Uint16Array, from: FloatType, to: FloatType): OpArgs {
  const y = to === 'f32' ? new Float32Array(x.length) : new Uint16Array(x.length);
  return { n: x.length, from, to, x, y };
}

const types: FloatType[] = ['f32', 'bf16', 'f16'];

const cases: OpCases = {
  op: 'cast',
  source: 'IEEE 754 roundTiesToEven, on the values in float64',
  tolerance: { abs: 0, rel: 0, because: 'rounding has one right answer' },
  cases: [
    ...types.flatMap((from) =>
      types.flatMap((to) =>
        [0, 1, 7, 33, 1021].map((n) => ({
          name: `${n} elements from ${from} to ${to}`,
          args: (random: Random) => args(values(random, n, from), from, to),
        })),
      ),
    ),
    ...(['bf16', 'f16'] as const).map((to) => ({
      name: `special values to ${to}`,
      args: () => args(Float32Array.from(special), 'f32', to),
    })),
    ...(['bf16', 'f16'] as const).map((from) => ({
      name: `every ${from}`,
      args: () =>
        args(
          Uint16Array.from({ length: 65536 }, (_, i) => i),
          from,
          'f32',
        ),
    })),
  ],
  reference: cast,
};

export default cases;
