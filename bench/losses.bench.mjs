// Log-probabilities and policy losses over logits, and over a linear head without logits in memory.
import { encoded, policyDefaults, Random } from '@anacrusis/testing';

export const title = 'losses over logits';

const RATIO = 0.03; // spread of the log-ratios

function rows(random, T, V) {
  return {
    ...policyDefaults,
    ...{ T, V, temperature: 1, objective: 'ppo', entropy_coef: 0.01 },
    targets: random.i32(T, 0, V - 1),
    // near the log-probabilities of logits with a deviation of 2
    old_logp: random.f32(T, RATIO).map((x) => x - Math.log(V) - 2),
    advantages: random.f32(T),
    weights: new Float32Array(T).fill(1 / T),
    loss: new Float64Array(1),
    losses: new Float32Array(T),
    logp: new Float32Array(T),
    entropy: new Float32Array(T),
  };
}

/** bf16 by its upper half: noise that is drawn once and repeated, 10 M normal numbers take too long. */
function logitsOf(random, n, dtype, spread = 2) {
  const some = encoded(random.f32(65_521, spread), dtype);
  const all = new some.constructor(n);
  for (let at = 0; at < n; at += some.length) all.set(some.subarray(0, n - at), at);
  return all;
}

const bytesPer = (dtype) => (dtype === 'f32' ? 4 : 2);

function forwardArgs({ T, V, dtype }) {
  const random = new Random(7);
  const { targets, logp, entropy, temperature } = rows(random, T, V);
  const logits = logitsOf(random, T * V, dtype);
  return { T, V, dtype, logits, targets, temperature, ignore_outside: false, logp, entropy };
}

function forward(options) {
  const { T, V, dtype, goal = { share: 0.6 } } = options;
  return {
    name: `log-probability and entropy [${T},${V}] ${dtype}`,
    op: 'token_log_probs',
    args: () => forwardArgs(options),
    bytes: T * V * bytesPer(dtype),
    against: 'read',
    check: { args: () => forwardArgs({ ...options, T: 3, V: Math.min(V, 40_001) }) },
    peer: { name: 'token_log_probs' },
    goal,
  };
}

function lossArgs({ T, V, dtype }) {
  const random = new Random(8);
  return { ...rows(random, T, V), dtype, logits: logitsOf(random, T * V, dtype) };
}

/** In place: from the second call on the logits are the gradients of the call before, which take as long. */
function loss(options) {
  const { T, V, dtype, goal = { share: 1 / 2.5, ratio: { 'torch eager': 5 } } } = options;
  return {
    name: `loss and gradient in place [${T},${V}] ${dtype}`,
    op: 'policy_loss_logits',
    args: () => lossArgs(options),
    bytes: 2 * T * V * bytesPer(dtype),
    against: 'copy',
    check: { args: () => lossArgs({ T: 3, V: Math.min(V, 40_001), dtype: 'f32' }) },
    peer: { name: 'policy_loss_logits' },
    goal,
  };
}

function linearArgs({ T, V, D, frozen, dtype = 'f32', workspace = 160 * 2 ** 20 }) {
  const random = new Random(9);
  return {
    ...{ ...rows(random, T, V), D, dtype },
    ...{
      hidden: logitsOf(random, T * D, dtype, 1),
      weight: logitsOf(random, V * D, dtype, 2 / Math.sqrt(D)),
    },
    ...{ workspace_bytes: workspace, accumulate: false },
    dhidden: encoded(new Float32Array(T * D), dtype),
    dweight: frozen ? undefined : encoded(new Float32Array(V * D), dtype),
  };
}

function linear(options) {
  const { T, V, D, frozen, dtype = 'f32', peer = !frozen } = options;
  return {
    name: `linear head and loss, N ${T}, hidden ${D}, V ${V}, ${dtype}${frozen ? ', frozen' : ''}`,
    op: 'linear_policy_loss',
    args: () => linearArgs(options),
    bytes: bytesPer(dtype) * V * D,
    flops: (frozen ? 4 : 6) * T * V * D,
    against: 'gemm',
    check: { args: () => linearArgs({ ...options, T: 19, V: 211, D: 37, dtype: 'f32' }) },
    peer: peer ? { name: 'linear_policy_loss' } : undefined,
    ...{ rounds: options.rounds, memory: options.memory },
    goal: { share: 1 / 1.1 },
  };
}

/** The batch of a large model. Its logits alone are 2.5 GB in bf16, so the peer of the linear loss is left out. */
const large = { T: 8192, V: 151_936, dtype: 'bf16' };
const head = { ...large, D: 4096, peer: false, workspace: 1.2e9 };

export const gpuCases = [
  forward({ ...large, goal: { share: 0.9 } }),
  loss({ ...large, goal: { share: 1 / 1.15 } }),
  linear(head),
  linear({ ...head, frozen: true }),
];

export const cases = [
  forward({ T: 64, V: 151_936, dtype: 'bf16' }),
  forward({ T: 64, V: 151_936, dtype: 'f32' }),
  forward({ T: 512, V: 32_000, dtype: 'bf16' }),
  forward({ T: 8192, V: 41, dtype: 'f32' }),
  loss({ T: 64, V: 151_936, dtype: 'bf16' }),
  loss({ T: 64, V: 151_936, dtype: 'f32' }),
  loss({ T: 512, V: 32_000, dtype: 'bf16' }),
  loss({ T: 8192, V: 41, dtype: 'f32' }),
  linear({ T: 512, V: 16_000, D: 512 }),
  linear({ T: 512, V: 16_000, D: 512, frozen: true }),
  linear({ T: 2048, V: 151_936, D: 1024, rounds: 3, memory: true }),
];
