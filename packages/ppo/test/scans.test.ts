// The scans over time: layouts, papers and conventions of others, by hand or by recursions written here. Random rows are
// compared with float64 references in the op cases.
import { discountedReturns, gae, retrace, tdLambda, vtrace } from '@anacrusis/ppo';
import { ArgumentError, tensor } from '@anacrusis/tensor';
import { Random } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const row = (...values: number[]) => tensor(Float32Array.from(values), [1, values.length]);
const flags = (...values: number[]) => tensor(Uint8Array.from(values), [1, values.length]);
const path = { rewards: row(1, 2), values: row(4, 6), terminated: flags(0, 0), gamma: 0.5 };

describe('by hand', () => {
  it('discountedReturns', () => {
    // 2 + 8 / 2 = 6, 1 + 6 / 2 = 4; nothing after a terminated step
    const { rewards, terminated, gamma } = path;
    const lastValues = tensor(Float32Array.of(8));
    const open = discountedReturns({ rewards, terminated, gamma, lastValues });
    expect([...open.returns.f32]).toEqual([4, 6]);
    expect(open.stats).toEqual({ count: 2, mean: 5, variance: 1 });
    const ended = discountedReturns({ rewards, gamma, terminated: flags(0, 1), lastValues });
    expect([...ended.returns.f32]).toEqual([2, 2]);
  });

  it('tdLambda', () => {
    // last step: 2; first: 1 + (6 / 2 + 2 / 2) / 2 = 3
    expect([...tdLambda({ ...path, lambda: 0.5 }).returns.f32]).toEqual([3, 2]);
  });

  it('vtrace, on a ratio of 2 that is cut to 1 and one of 1/2', () => {
    const ratios = { logp: row(Math.log(2), Math.log(0.5)), behaviorLogp: row(0, 0) };
    // second step: (2 - 6) / 2 = -2, v = 4; first: 1 + 3 - 4 + 1/2 (4 - 6) = -1, v = 3
    const { targets, advantages } = vtrace({ ...path, ...ratios });
    expect(targets.f32[0]).toBeCloseTo(3, 6);
    expect(targets.f32[1]).toBeCloseTo(4, 6);
    // 1 + 4 / 2 - 4 = -1 and (2 - 6) / 2 = -2
    expect(advantages.f32[0]).toBeCloseTo(-1, 6);
    expect(advantages.f32[1]).toBeCloseTo(-2, 6);
  });

  it('retrace', () => {
    const off = { qValues: row(3, 1), logp: row(0, Math.log(0.5)), behaviorLogp: row(0, 0) };
    // second step: 2 - 1 = 1, target 2; first: 1 + 3 - 3 + 1/2 * 1/2 * 1 = 1.25, target 4.25
    const { targets, advantages } = retrace({ ...path, ...off });
    expect(targets.f32[0]).toBeCloseTo(4.25, 6);
    expect(targets.f32[1]).toBeCloseTo(2, 6);
    expect(advantages.f32[0]).toBeCloseTo(0.25, 6);
  });
});

describe('layouts', () => {
  const random = new Random(3);
  const [N, T] = [5, 37];
  const [rewards, values] = [random.f32(N * T), random.f32(N * T)];
  const terminated = random.flags(N * T, 0.1);
  const settings = { gamma: 0.97, gaeLambda: 0.9 };
  const rows = gae({
    rewards: tensor(rewards, [N, T]),
    values: tensor(values, [N, T]),
    terminated: tensor(terminated, [N, T]),
    ...settings,
  });

  it('packed rows are bit-equal to those of a matrix', () => {
    const packed = gae({
      rewards: tensor(rewards),
      values: tensor(values),
      terminated: tensor(terminated),
      offsets: tensor(Int32Array.from({ length: N + 1 }, (_, i) => i * T)),
      ...settings,
    });
    expect(packed.advantages.f32).toEqual(rows.advantages.f32);
    expect(packed.advantages.shape).toEqual([N * T]);
  });

  it('time-major is the same transposed', () => {
    const swap = <A extends Float32Array | Uint8Array>(a: A): A =>
      a.map((_, k) => a[(k % N) * T + Math.floor(k / N)]!) as A;
    const columns = gae({
      rewards: tensor(swap(rewards), [T, N]),
      values: tensor(swap(values), [T, N]),
      terminated: tensor(swap(terminated), [T, N]),
      timeMajor: true,
      ...settings,
    });
    swap(rows.advantages.f32).forEach((want, i) => {
      expect(columns.advantages.f32[i]).toBeCloseTo(want, 5);
    });
    expect(columns.stats.mean).toBeCloseTo(rows.stats.mean, 6);
  });
});

describe('conventions of others', () => {
  const random = new Random(5);
  const T = 61;
  const [rewards, values, logRatio] = [random.f32(T), random.f32(T), random.f32(T, 0.5)];
  const dones = random.flags(T, 0.1);
  const one = <A extends Float32Array | Uint8Array>(a: A) => tensor(a, [1, a.length]);

  // puff_advantage_row: entry t + 1 of rewards and dones describes the transition out of step t, the last step has no
  // advantage; its scalar kernel (rho on the reward) and its vector kernel (rho on the whole difference).
  it.each(['reward', 'td_error'] as const)("PufferLib's advantages, rho on the %s", (delta) => {
    const [gamma, lambda, rhoBar, cBar] = [0.97, 0.9, 1.1, 0.9];
    const want = new Float64Array(T);
    for (let t = T - 2; t >= 0; t--) {
      const goesOn = 1 - dones[t + 1]!;
      const importance = Math.exp(logRatio[t]!);
      const [rho, c] = [Math.min(importance, rhoBar), Math.min(importance, cBar)];
      const next = gamma * values[t + 1]! * goesOn;
      const difference =
        delta === 'reward'
          ? rho * rewards[t + 1]! + next - values[t]!
          : rho * (rewards[t + 1]! + next - values[t]!);
      want[t] = difference + gamma * lambda * c * want[t + 1]! * goesOn;
    }
    const { advantages } = vtrace({
      rewards: one(rewards.slice(1)),
      values: one(values.slice(0, -1)),
      lastValues: tensor(values.slice(-1)),
      terminated: one(dones.slice(1)),
      logp: one(logRatio.slice(0, -1)),
      behaviorLogp: one(new Float32Array(T - 1)),
      ...{ gamma, lambda, rhoBar, cBar, delta, advantage: 'target' },
    });
    advantages.f32.forEach((got, t) => expect(got).toBeCloseTo(want[t]!, 5));
  });

  // compute_gae_advantage_return of verl, its loop over tokens
  it("verl's masked tokens carry the advantage and the next value", () => {
    const [gamma, lam] = [0.99, 0.95];
    const mask = random.flags(T, 0.7);
    const want = new Float64Array(T);
    let [nextValue, last] = [0, 0];
    for (let t = T - 1; t >= 0; t--) {
      const here = rewards[t]! + gamma * nextValue - values[t]! + gamma * lam * last;
      nextValue = mask[t] ? values[t]! : nextValue;
      last = mask[t] ? here : last;
      want[t] = last;
    }
    const { advantages, returns } = gae({
      ...{ rewards: one(rewards), values: one(values), terminated: one(new Uint8Array(T)) },
      ...{ mask: one(mask), gamma, gaeLambda: lam, masked: 'carry' },
    });
    advantages.f32.forEach((got, t) => expect(got).toBeCloseTo(want[t]!, 4));
    returns.f32.forEach((got, t) => expect(got).toBeCloseTo(want[t]! + values[t]!, 4));
  });
});

it('refuses in its own names', () => {
  const off = { logp: row(0, 0), behaviorLogp: row(0, 0) };
  expect(() => vtrace({ ...path, ...off, rhoBar: -1 })).toThrow(/vtrace: rhoBar/);
  expect(() => vtrace({ ...path, ...off, logp: row(0) })).toThrow(/vtrace: logp: expected shape/);
  expect(() => retrace({ ...path, ...off, qValues: row(1) })).toThrow(ArgumentError);
  expect(() => tdLambda({ ...path, lambda: 2 })).toThrow(/tdLambda: lambda/);
  expect(() => tdLambda({ ...path, lambda: 1, gaeLambda: 1 } as never)).toThrow(/gaeLambda/);
  const offsets = tensor(Int32Array.of(0, 1));
  const packed = {
    rewards: tensor(Float32Array.of(1, 2)),
    terminated: tensor(Uint8Array.of(0, 0)),
  };
  expect(() => discountedReturns({ ...packed, offsets, gamma: 1 })).toThrow(
    /discountedReturns: offsets\[1\]: expected 2, .*received 1/,
  );
  expect(() => discountedReturns({ ...packed, offsets, timeMajor: true, gamma: 1 })).toThrow(
    /timeMajor/,
  );
});
