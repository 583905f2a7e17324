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
    ...[0, 1, 15, 33, 16385].map((T) => ({
      name: `${sign}, ${T} tokens`,
      args: (r: Random) => args(r, T, sign),
    })),
    { name: `${sign}, in place`, args: (r: Random) => args(r, 41, sign, true) },
  ]),
  reference: shapeAdvantages,
};

export default cases;
