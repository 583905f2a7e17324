import type { Expected, OpArgs } from '../op-cases.js';

interface TableInput {
  P: number;
  D: number;
  half: number;
  theta: number;
}

/**
 * transformers, `compute_default_rope_parameters` and `Qwen3RotaryEmbedding.forward`: frequencies and angles are
 * float32 tensors there, so they are rounded here at the same places; cos and sin are float64.
 */
export function rotaryTable(args: OpArgs): Expected {
  const { P, D, half, theta } = args as unknown as TableInput;
  const cos = new Float64Array(P * half);
  const sin = new Float64Array(P * half);
  for (let j = 0; j < half; j++) {
    const exponent = Math.fround((2 * j) / D);
    const frequency = Math.fround(1 / Math.fround(theta ** exponent));
    for (let position = 0; position < P; position++) {
      const angle = Math.fround(position * frequency);
      cos[position * half + j] = Math.cos(angle);
      sin[position * half + j] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

interface Input {
  T: number;
  H: number;
  half: number;
  x: Float32Array;
  positions: Int32Array;
  cos: Float32Array;
  sin: Float32Array;
  inverse: boolean;
}

/** 2104.09864 eq. 13 and 34: each pair as a complex number, times cos + i sin (its conjugate to invert). */
export function rotaryEmbedding(args: OpArgs): Expected {
  const { T, H, half, x, positions, cos, sin, inverse } = args as unknown as Input;
  const y = new Float64Array(T * H * 2 * half);
  for (let t = 0; t < T; t++) {
    for (let h = 0; h < H; h++) {
      for (let j = 0; j < half; j++) {
        const re = (t * H + h) * 2 * half + j;
        const im = re + half;
        const c = cos[positions[t]! * half + j]!;
        const s = (inverse ? -1 : 1) * sin[positions[t]! * half + j]!;
        y[re] = c * x[re]! - s * x[im]!;
        y[im] = s * x[re]! + c * x[im]!;
      }
    }
  }
  return { y };
}
