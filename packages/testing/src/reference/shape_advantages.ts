import type { Expected, OpArgs } from '../op-cases.js';

/** A gamma for advantages of the sign, A for the others (2510.13554, section 5). */
export function shapeAdvantages(args: OpArgs): Expected {
  const { advantages, credit, sign } = args as {
    advantages: Float32Array;
    credit: Float32Array;
    sign: string;
  };
  const scaled = { both: [-1, 0, 1], positive: [1], negative: [-1] }[sign]!;
  const y = Array.from(advantages, (A, i) => (scaled.includes(Math.sign(A)) ? A * credit[i]! : A));
  return { y };
}
