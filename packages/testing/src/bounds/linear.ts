// How far losses over a linear head may be off.
//
// Logits: 4 u of the sum of |terms| of the product (n roundings of partial sums of random signs, u / sqrt(3) x 0.7 n rms, are
// half a u of it: eight of these), and with 16-bit inputs the rounding of the logit and of its gradient, which a device
// stores in that type. Both go through the softmax as bounds/softmax.ts has it.
//
// Gradients: those errors, added up over the vocabulary for dhidden; for dweight they are independent from token to token:
// three times the root of their squares (uniform errors: five deviations), never more than their sum. And the additions:
// five deviations of what rounding each partial sum and each term makes, 3 u sqrt(sum of squares). Partial sums of dhidden are
// those of 256 vocabulary rows, then of these; of dweight all tokens, from what was there.
import { decoded, unitInLastPlace, type FloatType } from '../floats.js';
import type { Expected, OpArgs } from '../op-cases.js';
import { withLogits } from '../reference/linear_logits.js';
import { policyLossLogits } from '../reference/policy_loss_logits.js';
import { inVocabulary, type TokenLogProbsInput } from '../reference/token_log_probs.js';
import { tokenLogProbsBackward } from '../reference/token_log_probs_backward.js';
import { policyLossLogitsErrors } from './policy_loss_logits.js';
import { gradientErrors, softmaxErrors, u } from './softmax.js';

type Numbers = Float64Array;
type Input = TokenLogProbsInput & {
  D: number;
  hidden: ArrayLike<number>;
  weight: ArrayLike<number>;
  dweight?: Float32Array;
  accumulate?: boolean;
};

/** The type in which logits and their gradients are stored: that of the hidden states on a device, float32 on a CPU. */
type Stored = FloatType;
const storedBy = (args: OpArgs): Stored => args.dtype as Stored;

const halfUnit = (x: number, stored: Stored): number =>
  stored === 'f32' ? 0 : unitInLastPlace(x, stored) / 2;

/** Arguments of the op over logits, and the errors of these. */
function logitsOf(args: OpArgs, stored: Stored): { over: OpArgs; errors: Numbers } {
  const { V, D, dtype, hidden, weight } = args as unknown as Input;
  const over = withLogits(args);
  const logits = over.logits as Numbers;
  const [x, w] = [decoded(hidden, dtype), decoded(weight, dtype)].map((all) => all.map(Math.abs));
  const errors = logits.map((z, i) => {
    const [t, v] = [Math.floor(i / V), i % V];
    let terms = 0;
    for (let k = 0; k < D; k++) terms += x![t * D + k]! * w![v * D + k]!;
    return 4 * u * terms + halfUnit(Math.abs(z) + 4 * u * terms, stored);
  });
  return { over, errors };
}

const pieces = 256;

/** Errors of dhidden of one token: of the gradients of its logits, and of the additions. */
function dhiddenErrors(d: Numbers, off: Numbers, w: Numbers, D: number): Numbers {
  return Float64Array.from({ length: D }, (_, k) => {
    let [direct, sum, piece, squares] = [0, 0, 0, 0];
    d.forEach((dv, v) => {
      const term = dv * w[v * D + k]!;
      direct += off[v]! * Math.abs(w[v * D + k]!);
      piece += term;
      squares += piece ** 2 + term ** 2;
      if (v % pieces !== pieces - 1 && v !== d.length - 1) return;
      sum += piece;
      squares += sum ** 2;
      piece = 0;
    });
    return direct + 3 * u * Math.sqrt(squares);
  });
}

/** Errors of one row of dweight, one gradient for each token. */
function dweightErrors(d: Numbers, off: Numbers, x: Numbers, before: Numbers): Numbers {
  const D = before.length;
  const [linear, squares] = [new Float64Array(D), new Float64Array(D)];
  const partial = before.slice();
  const rounding = new Float64Array(D);
  d.forEach((dt, t) => {
    if (dt === 0 && off[t] === 0) return;
    for (let k = 0; k < D; k++) {
      const [term, error] = [dt * x[t * D + k]!, off[t]! * Math.abs(x[t * D + k]!)];
      partial[k]! += term;
      rounding[k]! += partial[k]! ** 2 + term ** 2;
      linear[k]! += error;
      squares[k]! += error ** 2;
    }
  });
  return linear.map(
    (sum, k) => Math.min(sum, 3 * Math.sqrt(squares[k]!)) + 3 * u * Math.sqrt(rounding[k]!),
  );
}

/** From the gradients of the logits and their errors to those of both factors. */
function productErrors(args: OpArgs, stored: Stored, dlogits: Numbers, errors: Numbers): Expected {
  const { T, V, D, dtype, hidden, weight, dweight, accumulate } = args as unknown as Input;
  const [x, w] = [decoded(hidden, dtype), decoded(weight, dtype)];
  const off = errors.map((e, i) => {
    const d = Math.abs(dlogits[i]!);
    return d === 0 && e === 0 ? 0 : e + halfUnit(d + e, stored);
  });
  const rowOf = (all: Numbers, t: number): Numbers => all.subarray(t * V, (t + 1) * V);
  const columnOf = (all: Numbers, v: number): Numbers =>
    Float64Array.from({ length: T }, (_, t) => all[t * V + v]!);
  const [dhidden, dweights] = [new Float64Array(T * D), new Float64Array(V * D)];
  for (let t = 0; t < T; t++) {
    dhidden.set(dhiddenErrors(rowOf(dlogits, t), rowOf(off, t), w, D), t * D);
  }
  for (let v = 0; v < V; v++) {
    const before = Float64Array.from({ length: D }, (_, k) =>
      accumulate && dweight ? dweight[v * D + k]! : 0,
    );
    dweights.set(dweightErrors(columnOf(dlogits, v), columnOf(off, v), x, before), v * D);
  }
  return { '±dhidden': dhidden, '±dweight': dweights };
}

export function linearTokenLogProbsBounds(args: OpArgs, stored = storedBy(args)): Expected {
  const { over, errors } = logitsOf(args, stored);
  const a = over as unknown as TokenLogProbsInput;
  const rows = Array.from({ length: a.T }, (_, row) =>
    inVocabulary(a, row) ? softmaxErrors(a, row, (j) => errors[row * a.V + j]!) : undefined,
  );
  return {
    '±logp': rows.map((row) => row?.logp ?? 0),
    '±entropy': rows.map((row) => row?.entropy ?? 0),
    '±lse': rows.map((row) => row?.lse ?? 0),
  };
}

export function linearTokenLogProbsBackwardBounds(args: OpArgs, stored = storedBy(args)): Expected {
  const { over, errors } = logitsOf(args, stored);
  const a = over as unknown as Input & { dlogp: Float32Array; dentropy?: Float32Array };
  const gradients = new Float64Array(a.T * a.V);
  for (let row = 0; row < a.T; row++) {
    const slopes: [number, number] = [a.dlogp[row]!, a.dentropy?.[row] ?? 0];
    if ((slopes[0] === 0 && slopes[1] === 0) || !inVocabulary(a, row)) continue;
    const ofRow = softmaxErrors(a, row, (j) => errors[row * a.V + j]!);
    gradients.set(gradientErrors(a, row, slopes, ofRow), row * a.V);
  }
  return productErrors(args, stored, tokenLogProbsBackward(over).dlogits as Numbers, gradients);
}

export function linearPolicyLossBounds(args: OpArgs, stored = storedBy(args)): Expected {
  const { over, errors } = logitsOf(args, stored);
  const { logits, losses, logp, entropy, loss } = policyLossLogitsErrors(over, (e) => errors[e]!);
  return {
    ...{ '±losses': losses, '±logp': logp, '±entropy': entropy, '±loss': loss },
    ...productErrors(args, stored, policyLossLogits(over).logits as Numbers, logits),
  };
}
