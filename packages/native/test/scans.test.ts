// The scans beyond their op cases: the error bound of the specification on every case, a million steps without discount,
// identities between the estimators, and the same bits from every path that a row can take on a CPU.
import { cpu, setThreads } from '@anacrusis/native';
import { allOpCases, Random, type OpArgs } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

type Arrays = Record<string, Float32Array>;
const ops = cpu as unknown as Record<string, (args: OpArgs) => void>;
const scans = ['gae', 'vtrace', 'retrace', 'td_lambda', 'discounted_returns'];
const every = (await allOpCases()).filter(({ op }) => scans.includes(op));

describe('4e-7 / (1 - gamma lambda) of the largest result', () => {
  it.each(every.map((cases) => [cases.op, cases] as const))('%s', (op, { cases, reference }) => {
    expect(cases.length).toBeGreaterThanOrEqual(200);
    cases.forEach(({ name, args }, index) => {
      const call = args(new Random(index + 1));
      const expected = reference(call);
      ops[op]!(call);
      const lambda = (call['gae_lambda'] ?? call['lambda'] ?? 1) as number;
      const bound = 4e-7 / (1 - (call['gamma'] as number) * lambda);
      for (const field of ['advantages', 'returns', 'targets']) {
        const got = (call as Arrays)[field];
        if (!got) continue;
        const want = expected[field] as Float64Array;
        const largest = want.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
        const worst = want.reduce((most, x, i) => Math.max(most, Math.abs(x - got[i]!)), 0);
        expect(worst / largest, `${name}: ${field}`).toBeLessThanOrEqual(bound);
      }
    });
  });
});

function gae(N: number, T: number, extra: OpArgs = {}): OpArgs & { advantages: Float32Array } {
  const random = new Random(N * 1000 + T);
  const steps = N * T;
  const call = {
    ...{ N, steps, layout: 'rows', gamma: 0.97, gae_lambda: 0.9, masked: 'zero' },
    ...{ rewards: random.f32(steps), values: random.f32(steps), last_values: random.f32(N) },
    ...{ terminated: random.flags(steps, 0.02), advantages: new Float32Array(steps) },
    ...extra,
  };
  ops['gae']!(call);
  return call;
}

it.each(['rows', 'time_major'])('a million steps without discount (%s)', (layout) => {
  const T = 1 << 20;
  const { rewards, values, last_values, advantages } = gae(1, T, {
    ...{ layout, gamma: 1, gae_lambda: 1, terminated: new Uint8Array(T) },
  }) as OpArgs & Arrays;
  let sum = last_values![0]!;
  let [worst, largest] = [0, 0];
  for (let t = T - 1; t >= 0; t--) {
    sum += rewards![t]!;
    const want = sum - values![t]!;
    worst = Math.max(worst, Math.abs(advantages![t]! - want));
    largest = Math.max(largest, Math.abs(want));
  }
  // O(log T): 20 roundings of half an ulp
  expect(worst / largest).toBeLessThan(20 * 2 ** -24);
});

describe('one row, whatever path it takes', () => {
  // around the lanes of every instruction set, short rows, strips of 64 and the cut of long rows
  const lengths = [
    1, 7, 0, 3, 16, 17, 64, 65, 128, 129, 513, 1537, 65_536, 65_537, 81_920, 100_003,
  ];

  it('has the same bits packed, in a matrix and alone, on any number of threads', () => {
    const random = new Random(11);
    const offsets = Int32Array.from([0, ...lengths, 0]);
    for (let i = 1; i < offsets.length; i++) offsets[i]! += offsets[i - 1]!;
    const steps = offsets.at(-1)!;
    const N = lengths.length + 1;
    const arrays = { rewards: random.f32(steps), values: random.f32(steps) };
    const flags = { terminated: random.flags(steps, 0.001), mask: random.flags(steps, 0.9) };
    const settings = { gamma: 0.999, gae_lambda: 0.99, masked: 'zero' };
    const run = (call: OpArgs, count: number): Float32Array => {
      const advantages = new Float32Array(call['steps'] as number);
      setThreads(count);
      ops['gae']!({ ...settings, ...call, advantages });
      return advantages;
    };
    const packed = { N, steps, layout: 'packed', offsets, ...arrays, ...flags };
    const together = run(packed, 2);
    for (const count of [1, 3, 8]) {
      const same = Buffer.from(run(packed, count).buffer).equals(Buffer.from(together.buffer));
      expect(same, `on ${count} threads`).toBe(true);
    }
    lengths.forEach((T, i) => {
      if (T === 0) return;
      const part = <A extends Float32Array | Uint8Array>(a: A): A =>
        a.subarray(offsets[i], offsets[i + 1]) as A;
      const twice = <A extends Float32Array | Uint8Array>(a: A): A => {
        const both = new (a.constructor as new (n: number) => A)(2 * T);
        both.set(part(a));
        both.set(part(a), T);
        return both;
      };
      const of = (pick: typeof part): OpArgs => ({
        ...{ rewards: pick(arrays.rewards), values: pick(arrays.values) },
        ...{ terminated: pick(flags.terminated), mask: pick(flags.mask) },
      });
      expect(run({ N: 1, steps: T, layout: 'rows', ...of(part) }, 2)).toEqual(part(together));
      const matrix = run({ N: 2, steps: 2 * T, layout: 'rows', ...of(twice) }, 2);
      expect(matrix.subarray(T)).toEqual(part(together));
    });
  });

  it('is the same in time-major, but for rounding', () => {
    const [N, T] = [3, 70_001];
    const rows = gae(N, T) as OpArgs & Arrays;
    const swap = <A extends Float32Array | Uint8Array>(a: A): A =>
      a.map((_, k) => a[(k % N) * T + Math.floor(k / N)]!) as A;
    const { rewards, values, terminated } = rows as unknown as Arrays;
    const columns = gae(N, T, {
      ...{ layout: 'time_major', rewards: swap(rewards!), values: swap(values!) },
      terminated: swap(terminated!),
    });
    const want = swap(rows.advantages!);
    const worst = want.reduce(
      (most, x, i) => Math.max(most, Math.abs(x - columns.advantages[i]!)),
      0,
    );
    expect(worst).toBeLessThan(2e-5);
  });
});

it.each([7, 40, 700, 70_000])('NaN behind the end of an episode has no effect (%d steps)', (T) => {
  const logp = new Float32Array(T);
  const advantages = new Float32Array(T);
  const terminated = new Uint8Array(T);
  const cut = Math.floor(T * 0.6);
  terminated[cut] = 1;
  logp.fill(NaN, cut + 1);
  const ones = new Float32Array(T).fill(1);
  ops['vtrace']!({
    ...{ N: 1, steps: T, layout: 'rows', gamma: 0.99, lambda: 1, rho_bar: 1, c_bar: 1 },
    ...{ pg_rho_bar: 1, delta: 'td_error', advantage: 'target', rewards: ones, values: ones },
    ...{ logp, behavior_logp: new Float32Array(T), terminated, advantages },
  });
  const wrong = advantages.findIndex((x, i) => Number.isNaN(x) !== i > cut);
  expect(wrong).toBe(-1);
});

describe('identities', () => {
  const [N, T] = [4, 700];
  const largestGap = (a: Float32Array, b: ArrayLike<number>): number =>
    a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

  it('lambda 0 is the temporal difference', () => {
    const { rewards, values, terminated, advantages } = gae(N, T, {
      gae_lambda: 0,
      last_values: new Float32Array(N),
    }) as OpArgs & Arrays;
    const want = rewards!.map((r, i) => {
      const next = (i + 1) % T === 0 || terminated![i] ? 0 : values![i + 1]!;
      return r + 0.97 * next - values![i]!;
    });
    expect(largestGap(advantages!, want)).toBeLessThan(1e-6);
  });

  it('lambda 1 telescopes into the discounted return less the value', () => {
    const call = gae(N, T, { gae_lambda: 1 }) as OpArgs & Arrays;
    const returns = new Float32Array(N * T);
    const { steps, layout, gamma, rewards, terminated, last_values } = call;
    ops['discounted_returns']!({
      N,
      steps,
      layout,
      gamma,
      rewards,
      terminated,
      last_values,
      returns,
    });
    const want = returns.map((g, i) => g - call['values']![i]!);
    expect(largestGap(call.advantages!, want)).toBeLessThan(2e-5);
  });

  it('td_lambda is gae and the value, on-policy vtrace and retrace are td_lambda', () => {
    const call = gae(N, T) as OpArgs & Arrays;
    const { advantages, values, steps, layout, gamma, rewards, terminated, last_values } = call;
    const common = {
      N,
      steps,
      layout,
      gamma,
      lambda: 0.9,
      values,
      rewards,
      terminated,
      last_values,
    };
    const returns = new Float32Array(N * T);
    ops['td_lambda']!({ ...common, returns });
    expect(largestGap(returns, advantages!.map((a, i) => a + values![i]!))).toBeLessThan(5e-6); // prettier-ignore
    const same = new Random(2).f32(N * T);
    const targets = new Float32Array(N * T);
    const outputs = {
      logp: same,
      behavior_logp: same,
      targets,
      advantages: new Float32Array(N * T),
    };
    const bars = { rho_bar: 1, c_bar: 1, pg_rho_bar: 1, delta: 'td_error' };
    ops['vtrace']!({ ...common, ...outputs, ...bars, advantage: 'target' });
    expect(largestGap(targets, returns)).toBeLessThan(5e-6);
    // Q = V: the correction of the value and of the action value are one
    ops['retrace']!({ ...common, ...outputs, q_values: values });
    expect(largestGap(targets, returns)).toBeLessThan(5e-6);
  });
});
