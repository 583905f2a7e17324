// Kernels over rows of logits on the emulator: a row has the same bits alone as in a batch, where its address is
// aligned differently; log-probabilities equal to the bit in the fused loss; a row that a cluster of blocks keeps on chip
// has the bits of one that a block reads twice.
import { device } from '@anacrusis/native';
import { encoded, policyDefaults, Random, runOnDevice, useEmulator } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const simt = useEmulator();
const cuda = device('cuda:0');

type Dtype = 'f32' | 'bf16' | 'f16';

function forward(dtype: Dtype, V: number, logits: Float32Array, targets: Int32Array) {
  const T = targets.length;
  const results = {
    logp: new Float32Array(T),
    entropy: new Float32Array(T),
    lse: new Float32Array(T),
  };
  const given = { T, V, dtype, logits: encoded(logits, dtype), targets, temperature: 0.7 };
  runOnDevice(cuda, 'token_log_probs', { ...given, ...results, ignore_outside: false });
  return results;
}

function fused(dtype: Dtype, V: number, logits: Float32Array, targets: Int32Array) {
  const T = targets.length;
  const ones = new Float32Array(T).fill(1);
  const args = {
    ...policyDefaults,
    ...{ T, V, dtype, logits: encoded(logits, dtype), targets, temperature: 0.7 },
    ...{
      old_logp: ones.map(() => -2),
      advantages: ones.map((_, i) => (i % 2 ? 1 : -1)),
      weights: ones,
    },
    ...{ loss: new Float64Array(1), losses: new Float32Array(T) },
    ...{ logp: new Float32Array(T), entropy: new Float32Array(T) },
  };
  runOnDevice(cuda, 'policy_loss_logits', args);
  return args;
}

describe.each(['f32', 'bf16'] as const)('rows of %s logits', (dtype) => {
  // a warp, a block of 256 and one of 1,024 threads
  it.each([41, 523, 1000, 16421])('of %i have the same bits alone as in a batch', (V) => {
    const r = new Random(V);
    const T = 3; // rows 0 and 2 have the same advantage
    const [logits, targets] = [r.f32(T * V, 2), r.i32(T, 0, V - 1)];
    const together = forward(dtype, V, logits, targets);
    const losses = fused(dtype, V, logits.slice(), targets);
    expect(losses.logp).toEqual(together.logp);
    expect(losses.entropy).toEqual(together.entropy);
    for (let row = 0; row < T; row++) {
      const one = [logits.slice(row * V, (row + 1) * V), targets.slice(row, row + 1)] as const;
      const alone = forward(dtype, V, ...one);
      expect(alone.logp[0]).toBe(together.logp[row]);
      expect(alone.entropy[0]).toBe(together.entropy[row]);
      expect(alone.lse[0]).toBe(together.lse[row]);
    }
    const last = fused(dtype, V, logits.slice(-V), targets.slice(-1));
    expect(last.logits).toEqual(losses.logits.slice(-V));
  });
});

// Shared memory that just does for 2, 4 and 8 blocks to a cluster, and too little.
describe.each([
  { dtype: 'f32', cluster: 2, shared: 102400 },
  { dtype: 'f32', cluster: 4, shared: 53248 },
  { dtype: 'f32', cluster: 8, shared: 14336 },
  { dtype: 'bf16', cluster: 2, shared: 53248 },
  { dtype: 'bf16', cluster: 4, shared: 28672 },
  { dtype: 'f16', cluster: 8, shared: 8192 },
] as const)('clusters of $cluster for $dtype logits', ({ dtype, shared }) => {
  const [V, T] = [16400, 5];
  const r = new Random(shared);
  const [logits, targets] = [r.f32(T * V, 2), r.i32(T, -V, V - 1)];
  const under = (capability: number, bytes: number) => {
    simt.faultPlan('');
    simt.configure(`capability=${capability} shared_bytes=${bytes} multiprocessors=3`);
    const {
      logits: gradient,
      losses,
      loss,
      logp,
      entropy,
    } = fused(dtype, V, logits.slice(), targets);
    const clusters = simt.callCounts()['resident_clusters'] ?? 0;
    simt.configure('capability=86 shared_bytes=101376');
    return { clusters, results: { gradient, losses, loss, logp, entropy } };
  };

  it('give the bits of single blocks', () => {
    const blocks = under(86, shared);
    const clusters = under(90, shared);
    expect([blocks.clusters, clusters.clusters]).toEqual([0, 1]);
    expect(clusters.results).toEqual(blocks.results);
  });

  it('are not taken where they do not fit', () => {
    if (shared === 14336 || shared === 8192) expect(under(90, shared - 1).clusters).toBe(0);
    expect(under(90, 8000).clusters).toBe(0);
  });
});
