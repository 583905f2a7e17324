// token_log_probs_backward against central differences of the float64 forward reference, and the identities
// of its rows.
import { cpu } from '@anacrusis/native';
import { allOpCases, Random } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const { reference } = (await allOpCases()).find(({ op }) => op === 'token_log_probs')!;

const T = 5;
const V = 13;
const random = new Random(11);
const given = {
  T,
  V,
  logits: random.f32(T * V, 2),
  targets: random.i32(T, 0, V - 1),
  temperature: 0.7,
  dtype: 'f32' as const,
  ignore_outside: false,
};
const dlogp = random.f32(T);
const dentropy = random.f32(T);

/** sum_t dlogp_t logp_t + dentropy_t H_t with one logit moved by `step`. */
function loss(index: number, step: number): number {
  const logits = Float64Array.from(given.logits);
  logits[index]! += step;
  const { logp, entropy } = reference({ ...given, logits }) as Record<string, Float64Array>;
  return logp!.reduce((sum, lp, t) => sum + dlogp[t]! * lp + dentropy[t]! * entropy![t]!, 0);
}

function backward(dentropyOrNone?: Float32Array): Float32Array {
  const forward = {
    logp: new Float32Array(T),
    entropy: new Float32Array(T),
    lse: new Float32Array(T),
  };
  cpu.token_log_probs({ ...given, ...forward });
  const dlogits = new Float32Array(T * V);
  const { entropy, lse } = forward;
  cpu.token_log_probs_backward({
    ...given,
    entropy,
    lse,
    dlogp,
    dentropy: dentropyOrNone,
    dlogits,
  });
  return dlogits;
}

describe('token_log_probs_backward', () => {
  it('is the derivative of the forward pass', () => {
    const dlogits = backward(dentropy);
    const step = 1e-5;
    for (let i = 0; i < T * V; i++) {
      const numeric = (loss(i, step) - loss(i, -step)) / (2 * step);
      // float32 results near 1, differences good to step^2 = 1e-10
      expect(Math.abs(dlogits[i]! - numeric), `dlogits[${i}]`).toBeLessThan(2e-6);
    }
  });

  it('sums to 0 over a row: adding a constant to the logits changes nothing', () => {
    for (const dlogits of [backward(), backward(dentropy)]) {
      for (let row = 0; row < T; row++) {
        const sum = dlogits.subarray(row * V, (row + 1) * V).reduce((s, d) => s + d, 0);
        expect(Math.abs(sum)).toBeLessThan(2e-6);
      }
    }
  });
});
