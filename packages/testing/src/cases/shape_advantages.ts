import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { shapeAdvantages } from '../reference/shape_advantages.js';

function args(r: Random, T: number, sign: string, inPlace = false): OpArgs {
  const advantages = r.f32(T).map((A) => (r.uniform() < 0.1 ? 0 : A));
  const credit = r.f32(T).map((c) => 1 + Math.abs(c));
  return { T, advantages, credit, sign, y: inPlace ? advantages : new Float32Array(T) };
}

const cases: OpCases = {
  op: 'shape_advantages',
  source: '2510.13554 section 5, in float64',
  tolerance: { abs: 0, rel: 1.2e-7, because: 'one float32 product' },
  cases: ['both', 'positive', 'negative'].flatMap((sign) => [
    ...[0, 1, 2, 3, 5, 7, 8, 9, 13, 15, 16, 17, 23, 31, 32, 33, 47, 63, 64, 65, 97, 127, 128, 129]
      .concat([191, 255, 256, 257, 511, 513, 1023, 1025, 2053, 16385])
      .flatMap((T) =>
        [false, true].map((inPlace) => ({
          name: `${sign}, ${T} tokens${inPlace ? ', in place' : ''}`,
          args: (r: Random) => args(r, T, sign, inPlace),
        })),
      ),
  ]),
  reference: shapeAdvantages,
};

export default cases;
