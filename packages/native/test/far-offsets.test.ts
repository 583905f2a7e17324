// Offsets beyond 2^31, in elements or at least in bytes, that attention_metrics.test.ts and policy_loss_logits.test.ts leave. Inputs
// are zeros that nobody has committed, results lie on memory that repeats but for its end (simt.fold). Expected: the bits of
// the last rows alone, or closed forms; an offset that wraps round faults or leaves NaN at the end.
import { totalmem } from 'node:os';
import { cpu, device } from '@anacrusis/native';
import {
  encoded,
  policyDefaults,
  Random,
  useEmulator,
  type Numbers,
  type OpArgs,
} from '@anacrusis/testing';
import { afterAll, describe, expect, test } from 'vitest';

const simt = useEmulator();
const ops = cpu as unknown as Record<string, (args: OpArgs) => void>;
const roomy = totalmem() > 12e9;
const it = roomy ? test : test.skip;
if (!roomy) console.log('offsets beyond 2^31: all 10 skipped, they need 12 GB of memory');
const timeout = { timeout: 120_000 };

/** An array of zeros that takes no memory, with these elements at its end. */
function zeros<A extends Numbers>(length: number, end: A): A {
  const all = new (end.constructor as new (length: number) => A)(length);
  all.set(end, length - end.length);
  return all;
}

/** The same, on memory that repeats before them: for what is written. */
function folded<A extends Numbers>(length: number, end: A): A {
  const all = new (end.constructor as new (length: number) => A)(length);
  simt.fold(all, end.byteLength);
  all.set(end, length - end.length);
  return all;
}

const nan32 = (length: number): Float32Array => new Float32Array(length).fill(NaN);
const nan16 = (length: number): Uint16Array => new Uint16Array(length).fill(0x7fc0);
const half = (values: Float32Array): Uint16Array => encoded(values, 'bf16') as Uint16Array;

it('gae: the last of 2^31 steps', timeout, () => {
  const [N, T] = [2 ** 19 + 1, 4096];
  const r = new Random(1);
  const [x, flags] = [r.f32(T), r.flags(T, 0.1)];
  const run = (N: number, all: Float32Array, terminated: Uint8Array, advantages: Float32Array) =>
    ops.gae!({
      ...{ N, steps: N * T, layout: 'rows', rewards: all, values: all, terminated, advantages },
      ...{ gamma: 0.97, gae_lambda: 0.9, masked: 'zero' },
    });
  const [far, alone] = [folded(N * T, nan32(T)), nan32(T)];
  run(N, folded(N * T, x), zeros(N * T, flags), far);
  run(1, x, flags, alone);
  expect(far.slice(-T)).toEqual(alone);
});

describe('the last of 2^31 logits', () => {
  const [T, V] = [15_000, 151_937];
  const row = half(new Random(2).f32(V, 2));
  const one = Int32Array.of(150_001);
  const last = <A extends Numbers>(value: A): A => zeros(T, value);

  it('token_log_probs_backward', timeout, () => {
    const [lse, dlogp] = [Float32Array.of(14.5), Float32Array.of(-0.7)];
    const given = { V, dtype: 'bf16', temperature: 0.8, ignore_outside: false };
    const [far, alone] = [folded(T * V, nan16(V)), nan16(V)];
    ops.token_log_probs_backward!({
      ...{ ...given, T, logits: zeros(T * V, row), targets: last(one) },
      ...{ lse: last(lse), dlogp: last(dlogp), dlogits: far },
    });
    ops.token_log_probs_backward!({
      ...given,
      ...{ T: 1, logits: row, targets: one, lse, dlogp, dlogits: alone },
    });
    expect(far.slice(-V)).toEqual(alone);
  });

  it('policy_loss_logits', timeout, () => {
    const given = { ...policyDefaults, V, dtype: 'bf16', temperature: 0.8 };
    const token = {
      ...{ targets: one, old_logp: Float32Array.of(-12), advantages: Float32Array.of(0.5) },
      weights: Float32Array.of(1),
    };
    const run = (T: number, logits: Uint16Array, place: typeof last): OpArgs => {
      const tokens = Object.entries(token).map(([name, value]) => [name, place(value)]);
      const results = { loss: new Float64Array(1), losses: new Float32Array(T) };
      const args = { ...given, T, logits, ...Object.fromEntries(tokens), ...results } as OpArgs;
      ops.policy_loss_logits!(args);
      return args;
    };
    const far = run(T, folded(T * V, row), last);
    const alone = run(1, row.slice(), (value) => value);
    expect((far.logits as Uint16Array).slice(-V)).toEqual(alone.logits);
    expect(far.loss).toEqual(alone.loss);
  });
});

describe('losses over a head', () => {
  const [V, D] = [3, 4096];
  const r = new Random(3);
  const [x, weight] = [half(r.f32(D)), half(r.f32(V * D, 0.03))];

  it('linear_token_log_probs_backward: the last of 2^31 hidden elements', timeout, () => {
    const T = 2 ** 19 + 1;
    const given = { V, D, dtype: 'bf16', weight, temperature: 0.8, ignore_outside: false };
    const run = (T: number, hidden: Uint16Array, dlogp: Float32Array, dhidden: Uint16Array) =>
      ops.linear_token_log_probs_backward!({
        ...{ ...given, T, hidden, dlogp, dhidden, targets: new Int32Array(T) },
        ...{ workspace_bytes: 1 << 20, accumulate: false },
      });
    const [far, alone, g] = [folded(T * D, nan16(D)), nan16(D), Float32Array.of(0.6)];
    run(T, zeros(T * D, x), zeros(T, g), far);
    run(1, x, g, alone);
    expect(far.slice(-D)).toEqual(alone);
  });

  it('linear_token_log_probs: the last of 2^31 elements of the weight', timeout, () => {
    const [V, D] = [2 ** 15 + 1, 2 ** 16];
    const hidden = zeros(D, Float32Array.of(1));
    const last = zeros(D, Float32Array.of(3));
    const results = { logp: nan32(1), lse: nan32(1) };
    ops.linear_token_log_probs!({
      ...{ T: 1, V, D, dtype: 'bf16', temperature: 1, ignore_outside: false, ...results },
      ...{ hidden: half(hidden), weight: zeros(V * D, half(last)), targets: Int32Array.of(V - 1) },
    });
    // logits: 2^15 zeros, then 3
    const lse = Math.log(2 ** 15 + Math.exp(3));
    expect(results.lse[0]).toBeCloseTo(lse, 5);
    expect(results.logp[0]).toBeCloseTo(3 - lse, 5);
  });
});

it('policy_loss: tokens beyond 2^31 bytes', timeout, () => {
  const [T, n] = [2 ** 29 + 5000, 100];
  const r = new Random(4);
  const own = { logp: r.f32(n, 0.1), old_logp: r.f32(n, 0.1), advantages: r.f32(n) };
  const mask = new Uint8Array(n).fill(1);
  const { entropy_coef: _none, ...options } = policyDefaults;
  const run = (T: number, arrays: typeof own, mask: Uint8Array, dlogp: Float32Array): number => {
    const loss = new Float64Array(1);
    ops.policy_loss!({
      ...{ ...options, entropy_coef: 0, T, S: 2, ...arrays, mask, dlogp, loss, ratio: 'token' },
      ...{ offsets: Int32Array.of(0, T - n, T), metrics: new Float64Array(20) },
      ...{ aggregation: 'token-mean', denominator: n },
    });
    return loss[0]!;
  };
  const arrays = Object.entries(own).map(([name, value]) => [name, zeros(T, value)]);
  const [far, alone] = [folded(T, nan32(n)), nan32(n)];
  const loss = run(T, Object.fromEntries(arrays) as typeof own, zeros(T, mask), far);
  expect(loss).toBe(run(n, own, mask, alone));
  expect(far.slice(-n)).toEqual(alone);
});

it('grad_stats: the last of 2^31 elements', timeout, () => {
  const [neurons, inner] = [33, 2 ** 26];
  const grad = zeros(neurons * inner, Uint16Array.of(0xc000, 0, 0x4080)); // -2, 0, 4
  const per_neuron = nan32(neurons);
  const one = (value: number): Int32Array => Int32Array.of(value);
  ops.grad_stats!({
    ...{ K: 1, R: neurons, n_tau: 0, n_quantiles: 0, half: 'bf16', grads: [grad] },
    ...{ outer: one(1), neurons: one(neurons), inner: one(inner), per_neuron },
    ...{ tau: new Float64Array(0), quantile: new Float64Array(0), per_layer: new Float64Array(1) },
  });
  expect([...per_neuron]).toEqual([...new Float32Array(neurons - 1), 6 / inner]);
});

describe('kernels, on the emulator', () => {
  const cuda = device('cuda:0');
  simt.configure('memory_gib=16');
  afterAll(() => simt.configure('memory_gib=4'));
  const reading = 'gae, policy_loss, policy_loss_logits, gradients, linear losses, grad_stats';
  console.log(`kernels behind 2^31 elements: 3 on the emulator, 6 skipped (${reading}: too slow)`);

  const horizon = { h_lo: 0, h_hi: Number.MAX_SAFE_INTEGER, exclude_sink: 0, window: 10 };

  it('attention_metrics_from_maps: the last row', timeout, () => {
    const T = 46_400;
    using maps = cuda.empty('bf16', T * T);
    using end = maps.subarray(T * T - 8);
    end.write(Uint16Array.of(0x3f00, 0, 0, 0, 0, 0, 0, 0x3e80)); // 1/2 seven keys before, 1/4 on the key itself
    using waad = cuda.empty('f32', T);
    using fai = cuda.empty('f32', T);
    cuda.ops.attention_metrics_from_maps({
      ...{ B: 1, H: 1, T, dtype: 'bf16', maps, normalized: false, ...horizon, waad, fai },
      ...{ query_begin: Int32Array.of(T - 1), query_end: Int32Array.of(T) },
    });
    expect(waad.read().at(-1)).toBe(3.5);
    expect([...fai.read().slice(-9)]).toEqual([0, 0.5, 0, 0, 0, 0, 0, 0, 0.25]);
  });

  it('attention_metrics: the last head of the last query', timeout, () => {
    const [T, H, D] = [16_500, 2048, 64];
    const q = half(new Random(5).f32(D));
    const flags = zeros(H, Uint8Array.of(1));
    const k = half(new Random(6).f32(T * D));
    const common = { T, Hkv: 1, D, S: 1, layout: 'thd', dtype: 'bf16', lse_form: 'natural' } as const; // prettier-ignore
    const shape = { ...common, offsets: Int32Array.of(0, T), scale: 1 / 8, ...horizon };
    const range = { query_begin: Int32Array.of(T - 1), query_end: Int32Array.of(T) };
    using far = cuda.empty('bf16', T * H * D);
    using end = far.subarray(T * H * D - D);
    end.write(q);
    using keys = cuda.upload(k, 'bf16');
    using fai = cuda.empty('f32', H * T);
    const heads = { local_heads: flags, global_heads: flags };
    cuda.ops.attention_metrics({ ...shape, ...range, ...heads, H, q: far, k: keys, fai });
    const alone = new Float32Array(T);
    cpu.attention_metrics({ ...shape, ...range, H: 1, q: zeros(T * D, q), k, fai: alone });
    const got = fai.subarray((H - 1) * T).read();
    const worst = got.reduce((most, x, i) => Math.max(most, Math.abs(x / alone[i]! - 1)), 0);
    expect(worst).toBeLessThan(2e-5); // as the op cases
  });

  it('token_log_probs: the last row', timeout, () => {
    const [T, V] = [15_000, 151_937];
    const row = half(new Random(2).f32(V, 2));
    const targets = zeros(T, Int32Array.of(0)).fill(-1, 0, T - 1);
    using logits = cuda.empty('bf16', T * V);
    using end = logits.subarray((T - 1) * V);
    end.write(row);
    using chosen = cuda.upload(targets);
    using logp = cuda.empty('f32', T);
    const given = { V, dtype: 'bf16', temperature: 0.8, ignore_outside: true } as const;
    cuda.ops.token_log_probs({ ...given, T, logits, targets: chosen, logp });
    const got = logp.read();
    const want = new Float32Array(1);
    cpu.token_log_probs({ ...given, T: 1, logits: row, targets: targets.slice(-1), logp: want });
    expect(got.at(-1)).toBeCloseTo(want[0]!, 5);
    expect(got.subarray(0, -1).every((x) => x === 0)).toBe(true);
  });
});
