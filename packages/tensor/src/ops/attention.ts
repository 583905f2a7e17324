import { empty, type OnDevice } from '../create.js';
import { opsOf, opsOn, type RawArray } from '../device.js';
import { argument } from '../expect.js';
import { expectTensor } from '../expect-tensor.js';
import { record } from '../tape.js';
import type { Tensor } from '../tensor.js';

/** Cosines and sines of the rotary embedding for positions 0..P-1; made once per model. */
export interface RotaryTable {
  cos: Tensor; // [P, D / 2]
  sin: Tensor;
}

/**
 * Angles of the rotary position embedding (2104.09864), as Hugging Face computes them.
 * @param positions number of positions P
 * @param headSize D, even
 * @param theta base of the frequencies
 */
export function rotaryTable(
  positions: number,
  headSize: number,
  theta: number,
  { device = 'cpu' }: OnDevice = {},
): RotaryTable {
  const half = headSize / 2;
  if (!Number.isInteger(half)) {
    throw argument('rotaryTable', 'headSize', 'an even number', String(headSize), 'ERR_RANGE');
  }
  const table = (): Tensor => empty([positions, half], 'f32', { device });
  const [cos, sin] = [table(), table()];
  const sizes = { P: positions, D: headSize, half };
  opsOn(device).rotary_table({ theta, cos: cos.raw, sin: sin.raw, ...sizes });
  return { cos, sin };
}

/**
 * Rotates the pairs (j, j + D/2) of every head by the angle of its position.
 * @param x [T, H, D]
 * @param positions [T] i32, below the table's length
 */
export function rotaryEmbedding(x: Tensor, positions: Tensor, { cos, sin }: RotaryTable): Tensor {
  expectTensor('rotaryEmbedding', 'x', x, 'f32', [null, null, null]);
  const [T, H, D] = x.shape as [number, number, number];
  expectTensor('rotaryEmbedding', 'positions', positions, 'i32', [T]);
  expectTensor('rotaryEmbedding', 'cos', cos, 'f32', [null, null]);
  expectTensor('rotaryEmbedding', 'sin', sin, 'f32', cos.shape);
  const [P, half] = cos.shape as [number, number];
  const ops = opsOf('rotaryEmbedding', { x, positions, cos, sin });
  const table = { positions: positions.raw, cos: cos.raw, sin: sin.raw };
  const common = { T, H, D, half, P, ...table };
  const y = empty(x.shape, 'f32', x);
  ops.rotary_embedding({ x: x.raw, inverse: false, y: y.raw, ...common });
  record('rotary_embedding', [x, positions, cos, sin], [y], ([dy], sink) => {
    ops.rotary_embedding({ x: dy!.raw, inverse: true, y: sink.output(0).raw, ...common });
  });
  return y;
}

/**
 * Causal softmax attention with grouped queries over packed sequences of any lengths.
 * @param q [T, H, D]
 * @param k [T, Hkv, D], H a multiple of Hkv
 * @param v [T, Hkv, D]
 * @param offsets [S + 1] i32, on the CPU whatever the device of the others: sequence s holds rows offsets[s] to offsets[s+1] - 1
 * @param scale factor of the scores, 1 / sqrt(D) when left out
 * @returns y [T, H, D], and lse [H, T], the natural log-sum-exp of every row's scores (not recorded)
 */
export function causalAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  offsets: Tensor,
  scale?: number,
): { y: Tensor; lse: Tensor } {
  expectTensor('causalAttention', 'q', q, 'f32', [null, null, null]);
  const [T, H, D] = q.shape as [number, number, number];
  expectTensor('causalAttention', 'k', k, 'f32', [T, null, D]);
  const Hkv = k.shape[1]!;
  expectTensor('causalAttention', 'v', v, 'f32', [T, Hkv, D]);
  expectTensor('causalAttention', 'offsets', offsets, 'i32', [null]);
  const ops = opsOf('causalAttention', { q, k, v });
  const common = {
    T,
    H,
    Hkv,
    D,
    S: offsets.size - 1,
    q: q.raw,
    k: k.raw,
    v: v.raw,
    offsets: offsets.i32,
    scale: scale ?? 1 / Math.sqrt(D),
  };
  const y = empty(q.shape, 'f32', q);
  const lse = empty([H, T], 'f32', q);
  const results = { y: y.raw, lse: lse.raw };
  ops.causal_attention({ ...results, ...common });
  record('causal_attention', [q, k, v, offsets, lse], [y], ([dy], sink) => {
    const [dq, dk, dv] = [0, 1, 2].map((i) => sink.output(i).raw) as [RawArray, RawArray, RawArray];
    ops.causal_attention_backward({ ...results, dy: dy!.raw, dq, dk, dv, ...common });
  });
  return { y, lse };
}
