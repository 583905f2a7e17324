import { decoded, type FloatType } from '../floats.js';
import type { Expected, OpArgs } from '../op-cases.js';
import { policyLossLogits } from './policy_loss_logits.js';
import { tokenLogProbs } from './token_log_probs.js';
import { tokenLogProbsBackward } from './token_log_probs_backward.js';

interface Input {
  T: number;
  V: number;
  D: number;
  dtype: FloatType;
  hidden: ArrayLike<number>;
  weight: ArrayLike<number>;
  dweight?: Float32Array;
  accumulate?: boolean;
}

/** The arguments of the op over logits: the product in float64 of what hidden and weight stand for. */
export function withLogits(args: OpArgs): OpArgs {
  const { T, V, D, dtype, hidden, weight } = args as unknown as Input;
  const [x, w] = [decoded(hidden, dtype), decoded(weight, dtype)];
  const logits = new Float64Array(T * V);
  for (let t = 0; t < T; t++) {
    for (let v = 0; v < V; v++) {
      let sum = 0;
      for (let k = 0; k < D; k++) sum += x[t * D + k]! * w[v * D + k]!;
      logits[t * V + v] = sum;
    }
  }
  return { ...args, logits, dtype: 'f32' };
}

/** dhidden = dlogits weight, dweight = dlogits^T hidden; tokens with a gradient of 0 are left out, whatever they hold. */
function gradients(args: OpArgs, dlogits: Float64Array): Record<string, Float64Array> {
  const { T, V, D, dtype, hidden, weight, dweight: before, accumulate } = args as unknown as Input;
  const [x, w] = [decoded(hidden, dtype), decoded(weight, dtype)];
  const dhidden = new Float64Array(T * D);
  const dweight = accumulate && before ? Float64Array.from(before) : new Float64Array(V * D);
  for (let t = 0; t < T; t++) {
    for (let v = 0; v < V; v++) {
      const d = dlogits[t * V + v]!;
      if (d === 0) continue;
      for (let k = 0; k < D; k++) {
        dhidden[t * D + k]! += d * w[v * D + k]!;
        dweight[v * D + k]! += d * x[t * D + k]!;
      }
    }
  }
  return { dhidden, dweight };
}

export function linearTokenLogProbs(args: OpArgs): Expected {
  return tokenLogProbs(withLogits(args));
}

export function linearTokenLogProbsBackward(args: OpArgs): Expected {
  const { dlogits } = tokenLogProbsBackward(withLogits(args));
  return gradients(args, dlogits as Float64Array);
}

export function linearPolicyLoss(args: OpArgs): Expected {
  const { logits, ...rows } = policyLossLogits(withLogits(args));
  return { ...rows, ...gradients(args, logits as Float64Array) };
}
