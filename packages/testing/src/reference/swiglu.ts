import type { Expected, OpArgs } from '../op-cases.js';

/** y = gate sigmoid(gate) up (2002.05202, eq. 6). */
export function swiglu(args: OpArgs): Expected {
  const { gate, up } = args as { gate: Float32Array; up: Float32Array };
  return { y: Float64Array.from(gate, (g, i) => (g / (1 + Math.exp(-g))) * up[i]!) };
}
