// Discounted scans over the shapes of trainers: many rows, few long ones, packed sequences, time-major.
import { Random } from '@anacrusis/testing';

export const title = 'discounted scans';

/** Noise that is drawn once and repeated: a million normal numbers take too long. */
function noise(random, n) {
  const some = random.f32(65_521);
  const all = new Float32Array(n);
  for (let at = 0; at < n; at += some.length) all.set(some.subarray(0, n - at), at);
  return all;
}

/** Rising offsets of N sequences with lengths of 1 up to twice the mean. */
function ragged(random, N, steps) {
  const cuts = Array.from({ length: N - 1 }, (_, i) =>
    Math.round(((i + random.uniform(0.5, 1.5)) * steps) / N),
  );
  return Int32Array.from([0, ...cuts, steps]);
}

function common({ N, T, layout }) {
  const random = new Random(N + T);
  const steps = N * T;
  return {
    ...{ N, steps, layout, gamma: 0.99 },
    offsets: layout === 'packed' ? ragged(random, N, steps) : undefined,
    rewards: noise(random, steps),
    values: noise(random, steps),
    last_values: noise(random, N),
    terminated: random.flags(steps, 0.01),
  };
}

// Bound of the specification, 4e-7 / (1 - gamma lambda) of the largest result, here about 5.
const tolerance = { abs: (5 * 4e-7) / (1 - 0.99 * 0.95), rel: 1e-5, because: 'see the op cases' };
const checked = (args) => ({ args, tolerance });

function gaeArgs(shape) {
  const args = common(shape);
  const outputs = {
    advantages: new Float32Array(args.steps),
    returns: new Float32Array(args.steps),
  };
  return { ...args, gae_lambda: 0.95, masked: 'zero', ...outputs };
}

/** Reads of reward, value and flag, writes of advantage and return: 17 bytes a step. */
function gae(
  shape,
  peer = false,
  { repeat, goal = { share: 0.6, ratio: { 'torch eager': 100 } } } = {},
) {
  const { N, T, layout } = shape;
  const shown = layout === 'time_major' ? `[${T},${N}] time-major` : `[${N},${T}]`;
  return {
    name: `gae ${layout === 'packed' ? `packed ${N} x ${T}` : shown}`,
    op: 'gae',
    args: () => gaeArgs(shape),
    bytes: 17 * N * T,
    against: 'copy',
    check: checked(() =>
      gaeArgs({ ...shape, N: Math.min(N, Math.ceil(6e5 / T)), T: Math.min(T, 20_011) }),
    ),
    peer: peer ? { name: 'gae' } : undefined,
    ...{ repeat, goal },
  };
}

function vtraceArgs(shape) {
  const args = common(shape);
  const random = new Random(9);
  const ratios = { logp: noise(random, args.steps), behavior_logp: noise(random, args.steps) };
  const bars = { lambda: 0.95, rho_bar: 1, c_bar: 1, pg_rho_bar: 1 };
  const kinds = { delta: 'td_error', advantage: 'policy_gradient' };
  const outputs = {
    advantages: new Float32Array(args.steps),
    targets: new Float32Array(args.steps),
  };
  return { ...args, ...ratios, ...bars, ...kinds, ...outputs };
}

function vtrace(shape) {
  return {
    name: `vtrace [${shape.N},${shape.T}]`,
    op: 'vtrace',
    args: () => vtraceArgs(shape),
    bytes: 25 * shape.N * shape.T,
    against: 'copy',
    check: checked(() => vtraceArgs(shape)),
    peer: { name: 'vtrace' },
    goal: { share: 0.6 },
  };
}

const rows = (N, T) => ({ N, T, layout: 'rows' });

/** The largest saturate a GPU; the smallest take about as long as a launch, so that many are timed together. */
export const gpuCases = [
  gae(rows(8192, 4096), false, { goal: { share: 0.88 } }),
  gae(rows(16, 131_072), false, { repeat: 100, goal: {} }),
  gae(rows(32_768, 8), false, { repeat: 100, goal: {} }),
  gae({ N: 8192, T: 4096, layout: 'packed' }, false, { goal: { share: 0.8 } }),
  gae({ N: 8192, T: 4096, layout: 'time_major' }, false, { goal: { share: 0.88 } }),
  gae({ N: 1, T: 1 << 20, layout: 'packed' }, false, { repeat: 100, goal: {} }),
];

export const cases = [
  gae(rows(1024, 512), true),
  gae(rows(4096, 128), true),
  gae(rows(32_768, 8), true),
  gae(rows(16, 131_072)),
  gae({ N: 1, T: 1 << 20, layout: 'packed' }),
  gae({ N: 1, T: 1 << 14, layout: 'packed' }, true),
  gae({ N: 2048, T: 512, layout: 'packed' }),
  gae({ N: 1024, T: 512, layout: 'time_major' }, true),
  vtrace(rows(1024, 512)),
];
