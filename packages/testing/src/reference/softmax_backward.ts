import type { Expected, OpArgs } from '../op-cases.js';
import { byRow } from './softmax.js';

/** dx = J^T dy with the Jacobian J_jk = y_j (1[j=k] - y_k) written out. */
export function softmaxBackward(args: OpArgs): Expected {
  const a = args as { N: number; V: number; y: Float32Array; dy: Float32Array };
  const row = (y: number[], i: number): number[] =>
    y.map((_, k) =>
      y.reduce((sum, p, j) => sum + a.dy[i * a.V + j]! * p * ((j === k ? 1 : 0) - y[k]!), 0),
    );
  return { dx: byRow(a, row, a.y) };
}
