// policy_loss_logits: identities, central differences of its own float64 reference, and rows of which the bits must not
// depend on the batch or on the op.
import { cpu } from '@anacrusis/native';
import {
  allOpCases,
  decoded,
  encoded,
  policyDefaults,
  Random,
  type OpArgs,
} from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const { reference } = (await allOpCases()).find(({ op }) => op === 'policy_loss_logits')!;

type Call = Parameters<typeof cpu.policy_loss_logits>[0];

function call(T: number, V: number, given: Partial<Call>): Call {
  const made = {
    ...policyDefaults,
    ...{ T, V, dtype: 'f32', temperature: 0.9, entropy_coef: 0 },
    ...{ loss: new Float64Array(1), losses: new Float32Array(T) },
    ...{ logp: new Float32Array(T), entropy: new Float32Array(T) },
    ...given,
  };
  return made as Call;
}

function inputs(r: Random, T: number, V: number, given: Partial<Call> = {}): Call {
  return call(T, V, {
    logits: r.f32(T * V, 2),
    targets: r.i32(T, 0, V - 1),
    old_logp: r.f32(T, 0.2).map((x) => x - 3),
    advantages: r.f32(T),
    weights: r.f32(T).map((w) => Math.abs(w) + 0.1),
    ...given,
  });
}

const rowSums = (a: Call): number[] =>
  Array.from({ length: a.T }, (_, row) =>
    decoded(a.logits as Float32Array, a.dtype)
      .subarray(row * a.V, (row + 1) * a.V)
      .reduce((sum, d) => sum + d, 0),
  );

describe('policy_loss_logits', () => {
  it('is differentiated as central differences of the float64 reference say', () => {
    for (const options of [{ entropy_coef: 0.2 }, { kl: 'k3' as const, kl_coef: 0.5 }]) {
      const made = inputs(new Random(5), 4, 7, options);
      const a = { ...made, ref_logp: new Float32Array(4).fill(-2.3) };
      const before = Float64Array.from(a.logits as Float32Array);
      cpu.policy_loss_logits(a);
      const loss = (logits: Float64Array): number =>
        (reference({ ...a, logits } as unknown as OpArgs).loss as number[])[0]!;
      for (let i = 0; i < before.length; i++) {
        const moved = (step: number): number =>
          loss(before.map((z, j) => (j === i ? z + step : z)));
        const numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        expect(Math.abs(a.logits[i]! - numeric), `logit ${i}`).toBeLessThan(3e-6);
      }
    }
  });

  it('has gradients that sum to 0 over a row, with and without entropy', () => {
    for (const entropy_coef of [0, 0.3]) {
      const a = inputs(new Random(6), 9, 1013, { entropy_coef });
      cpu.policy_loss_logits(a);
      // 1,013 float32 terms, largest near 1
      for (const sum of rowSums(a)) expect(Math.abs(sum)).toBeLessThan(1e-6);
    }
  });

  it('has the log-probabilities of token_log_probs to the bit, and so a ratio of exactly 1', () => {
    for (const dtype of ['f32', 'bf16', 'f16'] as const) {
      for (const V of [41, 5001]) {
        const a = inputs(new Random(V), 6, V);
        const given = { dtype, logits: encoded(a.logits as Float32Array, dtype) };
        const shared = { T: 6, V, targets: a.targets, temperature: a.temperature };
        const rows = { logp: new Float32Array(6), entropy: new Float32Array(6) };
        cpu.token_log_probs({ ...shared, ...given, ...rows, ignore_outside: false });
        const same = { ...a, ...given, old_logp: rows.logp, objective: 'ppo' as const };
        cpu.policy_loss_logits(same);
        expect(same.logp).toEqual(rows.logp);
        expect(same.entropy).toEqual(rows.entropy);
        expect(same.losses).toEqual(a.advantages.map((x) => -x)); // -min(1 A, 1 A)
      }
    }
  });

  it('gives a row the same bits alone as in a batch', () => {
    const [T, V] = [5, 4567];
    const a = inputs(new Random(8), T, V, { entropy_coef: 0.1 });
    const alone = Array.from({ length: T }, (_, row) => {
      const part = <A extends Float32Array | Int32Array>(x: A): A => x.slice(row, row + 1) as A;
      const one = call(1, V, {
        ...{ logits: (a.logits as Float32Array).slice(row * V, (row + 1) * V), entropy_coef: 0.1 },
        ...{ targets: part(a.targets), old_logp: part(a.old_logp) },
        ...{ advantages: part(a.advantages), weights: part(a.weights) },
      });
      cpu.policy_loss_logits(one);
      return one;
    });
    cpu.policy_loss_logits(a);
    alone.forEach((one, row) => {
      expect(one.logp![0]).toBe(a.logp![row]);
      expect(one.logits).toEqual((a.logits as Float32Array).slice(row * V, (row + 1) * V));
    });
  });

  it('takes more than 65,535 rows', () => {
    const T = 70_001;
    const a = inputs(new Random(9), T, 3, { entropy_coef: 0.1 });
    const last = (a.logits as Float32Array).slice(-3);
    const one = inputs(new Random(1), 1, 3, {
      entropy_coef: 0.1,
      ...{ logits: last, targets: a.targets.slice(-1), old_logp: a.old_logp.slice(-1) },
      ...{ advantages: a.advantages.slice(-1), weights: a.weights.slice(-1) },
    });
    cpu.policy_loss_logits(a);
    cpu.policy_loss_logits(one);
    expect(a.logits.slice(-3)).toEqual(one.logits);
    expect(one.logits.some((d) => d !== 0)).toBe(true);
  });

  it('has loss 0 and no gradient where nothing counts', () => {
    const a = inputs(new Random(10), 3, 11, { weights: new Float32Array(3) });
    cpu.policy_loss_logits(a);
    expect([...a.loss]).toEqual([0]);
    expect(a.logits.every((d) => d === 0)).toBe(true);
  });

  it('sums the loss to the same bits in any order', () => {
    const r = new Random(12);
    const a = inputs(r, 257, 5);
    const order = Array.from({ length: 257 }, (_, i) => (i * 101) % 257);
    const pick = <A extends Float32Array | Int32Array>(x: A): A =>
      x.map((_, i) => x[order[i]!]!) as A;
    const logits = (a.logits as Float32Array).map(
      (_, k) => a.logits[order[Math.floor(k / 5)]! * 5 + (k % 5)]!,
    );
    const b = call(257, 5, {
      ...{ logits, targets: pick(a.targets), old_logp: pick(a.old_logp) },
      ...{ advantages: pick(a.advantages), weights: pick(a.weights) },
    });
    cpu.policy_loss_logits(a);
    cpu.policy_loss_logits(b);
    expect(b.loss[0]).toBe(a.loss[0]);
  });
});

describe('token_log_probs', () => {
  it('reads rows beyond 2^31 logits', ({ skip }) => {
    const [T, V] = [15_000, 151_937]; // 4.6 GB of address space, of which one row gets memory
    let logits: Uint16Array;
    try {
      logits = new Uint16Array(T * V);
    } catch {
      return skip('no address space for 2.3 G elements');
    }
    const row = encoded(new Random(2).f32(V, 2), 'bf16') as Uint16Array;
    logits.set(row, (T - 1) * V);
    const given = { V, dtype: 'bf16', temperature: 0.8, ignore_outside: true } as const;
    const results = (n: number) => ({ logp: new Float32Array(n), entropy: new Float32Array(n) });
    const targets = new Int32Array(T).fill(-1);
    targets[T - 1] = 150_001;
    const [all, one] = [results(T), results(1)];
    cpu.token_log_probs({ ...given, T, logits, targets, ...all });
    cpu.token_log_probs({ ...given, T: 1, logits: row, targets: Int32Array.of(150_001), ...one });
    expect(all.logp.at(-1)).toBe(one.logp[0]);
    expect(all.entropy.at(-1)).toBe(one.entropy[0]);
    expect(one.entropy[0]).toBeGreaterThan(5);
    expect(all.logp.subarray(0, -1).every((x) => x === 0)).toBe(true);
  });
});
