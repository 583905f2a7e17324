import type { Expected, OpArgs } from '../op-cases.js';

export const binaryFunctions: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
};

/** Four nested loops over the result, each argument addressed by its strides. */
export function binary(args: OpArgs): Expected {
  const { fn, a, b } = args as { fn: string; a: Float32Array; b: Float32Array };
  const of = (name: string, axis: number): number => args[`${name}${axis}`] as number;
  const y: number[] = [];
  for (let i = 0; i < of('d', 0); i++) {
    for (let j = 0; j < of('d', 1); j++) {
      for (let k = 0; k < of('d', 2); k++) {
        for (let l = 0; l < of('d', 3); l++) {
          const at = (s: string) => i * of(s, 0) + j * of(s, 1) + k * of(s, 2) + l * of(s, 3);
          y.push(binaryFunctions[fn]!(a[at('a_s')]!, b[at('b_s')]!));
        }
      }
    }
  }
  return { y };
}
