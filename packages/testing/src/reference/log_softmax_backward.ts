import type { Expected, OpArgs } from '../op-cases.js';
import { byRow } from './softmax.js';

/** dx = J^T dy with the Jacobian J_jk = 1[j=k] - exp(y_k) written out. */
export function logSoftmaxBackward(args: OpArgs): Expected {
  const a = args as { N: number; V: number; y: Float32Array; dy: Float32Array };
  const row = (y: number[], i: number): number[] =>
    y.map((logp, k) =>
      y.reduce((sum, _, j) => sum + a.dy[i * a.V + j]! * ((j === k ? 1 : 0) - Math.exp(logp)), 0),
    );
  return { dx: byRow(a, row, a.y) };
}
