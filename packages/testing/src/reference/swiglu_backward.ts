import type { Expected, OpArgs } from '../op-cases.js';

/** silu'(g) = (1 + e^-g + g e^-g) / (1 + e^-g)^2, by the quotient rule. */
export function swigluBackward(args: OpArgs): Expected {
  const { gate, up, dy } = args as Record<'gate' | 'up' | 'dy', Float32Array>;
  const e = Float64Array.from(gate, (g) => Math.exp(-g));
  return {
    dgate: e.map((t, i) => (dy[i]! * up[i]! * (1 + t + gate[i]! * t)) / (1 + t) ** 2),
    dup: e.map((t, i) => (dy[i]! * gate[i]!) / (1 + t)),
  };
}
