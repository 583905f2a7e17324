// Losses over a linear head on the CPU: the same bits whatever the chunk and the batch, the same numbers as from stored
// logits, central differences of the float64 reference; 16-bit inputs held to what the CPU does, which keeps logits in
// float32 (the op cases allow for a device that rounds them).
import { cpu } from '@anacrusis/native';
import {
  allOpCases,
  compareOutputs,
  linearBackwardArgs,
  linearForwardArgs,
  linearPolicyArgs,
  linearPolicyLossBounds,
  linearTokenLogProbsBackwardBounds,
  linearTokenLogProbsBounds,
  Random,
  type OpArgs,
} from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const everyCase = await allOpCases();
const ops = cpu as unknown as Record<string, (args: OpArgs) => void>;
const casesOf = (op: string) => everyCase.filter((cases) => cases.op === op);

/** Working memory for about so many tokens at a time, at V = 517 and D = 33. */
const chunkOf = (tokens: number): number => tokens * 4 * 760;

describe('linear_policy_loss', () => {
  it('has the same bits whatever the chunk', () => {
    const run = (workspace: number): OpArgs => {
      const made = linearPolicyArgs(new Random(3), 150, 517, 33, { workspace });
      ops.linear_policy_loss!(made);
      return made;
    };
    const whole = run(1 << 30);
    for (const tokens of [0, 16, 32, 64, 96, 128]) {
      const cut = run(chunkOf(tokens));
      for (const name of ['loss', 'losses', 'logp', 'entropy', 'dhidden', 'dweight']) {
        expect(cut[name], `${name} by ${tokens} tokens`).toEqual(whole[name]);
      }
    }
  });

  it('equals product, policy_loss_logits and two products', () => {
    const [T, V, D] = [37, 211, 29];
    const made = linearPolicyArgs(new Random(4), T, V, D);
    ops.linear_policy_loss!(made);
    const { hidden, weight } = made as Record<string, Float32Array>;
    const { D: _D, hidden: _hidden, weight: _weight, dhidden, dweight, ...rest } = made;
    const { workspace_bytes: _budget, accumulate: _accumulate, ...shared } = rest;
    const flags = { transpose_a: false, transpose_b: false, accumulate: false };
    const product = (a: object): void =>
      cpu.matmul({ batch: 1, batch_b: 1, ...flags, ...a } as never);
    const logits = new Float32Array(T * V);
    product({ M: T, N: V, K: D, a: hidden, b: weight, transpose_b: true, c: logits });
    const results = { loss: new Float64Array(1), losses: new Float32Array(T) };
    ops.policy_loss_logits!({ ...shared, ...results, logits, logp: undefined, entropy: undefined });
    const [dx, dw] = [new Float32Array(T * D), new Float32Array(V * D)];
    product({ M: T, N: D, K: V, a: logits, b: weight, c: dx });
    product({ M: V, N: D, K: T, a: logits, b: hidden, transpose_a: true, c: dw });
    const close = (got: unknown, want: ArrayLike<number>, bound: number): void => {
      (got as Float32Array).forEach((x, i) => expect(Math.abs(x - want[i]!)).toBeLessThan(bound));
    };
    // float32 sums in other orders, of terms near 0.01
    close(made.losses, results.losses, 1e-5);
    close(dhidden, dx, 1e-6);
    close(dweight, dw, 1e-6);
    expect(Math.abs((made.loss as Float64Array)[0]! - results.loss[0]!)).toBeLessThan(1e-6);
  });

  it('is differentiated as central differences of the float64 reference say', () => {
    const made = linearPolicyArgs(new Random(5), 4, 7, 3, {}, { kl: 'k3', kl_coef: 0.5 });
    const { reference } = casesOf('linear_policy_loss')[0]!;
    const loss = (name: string, values: Float64Array): number =>
      (reference({ ...made, [name]: values }).loss as number[])[0]!;
    const before = ['hidden', 'weight'].map((name) =>
      Float64Array.from(made[name] as Float32Array),
    );
    ops.linear_policy_loss!(made);
    ['hidden', 'weight'].forEach((name, which) => {
      const gradient = made[`d${name}`] as Float32Array;
      before[which]!.forEach((_, i, all) => {
        const moved = (step: number): number =>
          loss(
            name,
            all.map((x, j) => (j === i ? x + step : x)),
          );
        const numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        expect(Math.abs(gradient[i]! - numeric), `d${name}[${i}]`).toBeLessThan(1e-6);
      });
    });
  });
});

it('adds thousands of small terms to a large one', () => {
  // dhidden of one token whose target comes first: 3 / tau, less 40,000 shares of the mean of all w. Five deviations of
  // rounding in pieces of 256 and of their 157 sums, each below 3.75: 3 u sqrt(256 + 157) 3.75 = 1.4e-5. Added one by one
  // they are 2.6e-5 off.
  const [V, D] = [40_001, 16];
  const made = linearBackwardArgs(new Random(9), 1, V, D, { entropy: false });
  (made.hidden as Float32Array).fill(0);
  made.dlogp = Float32Array.of(1);
  made.targets = Int32Array.of(0);
  const weight = (made.weight as Float32Array).map((w, i) => (i < D ? 3 : Math.abs(w) + 1));
  ops.linear_token_log_probs_backward!({ ...made, weight });
  const mean = new Float64Array(D);
  weight.forEach((w, i) => (mean[i % D]! += w / V));
  const want = mean.map((m) => (3 - m) / (made.temperature as number));
  want.forEach((w, k) => {
    expect(Math.abs((made.dhidden as Float32Array)[k]! - w)).toBeLessThan(1.4e-5);
  });
});

describe('linear_token_log_probs', () => {
  it('gives a token the same bits alone as in a batch', () => {
    const [T, V, D] = [37, 300, 65];
    const made = linearForwardArgs(new Random(6), T, V, D);
    ops.linear_token_log_probs!(made);
    for (const token of [0, 15, 16, 36]) {
      const alone = {
        ...linearForwardArgs(new Random(1), 1, V, D),
        ...{ weight: made.weight, targets: (made.targets as Int32Array).slice(token, token + 1) },
        hidden: (made.hidden as Float32Array).slice(token * D, (token + 1) * D),
      } as OpArgs;
      ops.linear_token_log_probs!(alone);
      for (const name of ['logp', 'entropy', 'lse']) {
        expect((alone[name] as Float32Array)[0]).toBe((made[name] as Float32Array)[token]);
      }
    }
  });

  it('agrees to the bit with the losses about log-probabilities', () => {
    const made = linearPolicyArgs(new Random(7), 50, 300, 65);
    ops.linear_policy_loss!(made);
    const rows = {
      logp: new Float32Array(50),
      entropy: new Float32Array(50),
      lse: new Float32Array(50),
    };
    const { T, V, D, dtype, hidden, weight, targets, temperature } = made;
    const given = { T, V, D, dtype, hidden, weight, targets, temperature, ignore_outside: false };
    ops.linear_token_log_probs!({ ...given, ...rows });
    (made.weights as Float32Array).forEach((factor, i) => {
      if (factor === 0) return;
      expect((made.logp as Float32Array)[i]).toBe(rows.logp[i]);
      expect((made.entropy as Float32Array)[i]).toBe(rows.entropy[i]);
    });
  });
});

describe.each(['bf16', 'f16'] as const)('%s on the CPU', (dtype) => {
  const tolerance = { abs: 0, rel: 1e-7, because: 'bounds/linear.ts, nothing stored in 16 bits' };
  it.each([
    ['linear_token_log_probs', linearForwardArgs, linearTokenLogProbsBounds],
    ['linear_token_log_probs_backward', linearBackwardArgs, linearTokenLogProbsBackwardBounds],
    ['linear_policy_loss', linearPolicyArgs, linearPolicyLossBounds],
  ] as const)('%s', (op, args, bounds) => {
    const { reference, source } = casesOf(op)[0]!;
    const make = (): OpArgs => args(new Random(8), 45, 261, 37, { dtype });
    const made = make();
    const expected = { ...reference(make()), ...bounds(make(), 'f32') };
    ops[op]!(made);
    const cases = { op, source, reference, tolerance, cases: [] };
    expect(compareOutputs(cases, made, expected)).toEqual([]);
  });
});
