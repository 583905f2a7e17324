// linearPolicyLoss against the same loss in three steps (product, tokenLogProbs, policyLoss), whose own tests have float64
// references; what it refuses.
import { linearPolicyLoss, policyLoss } from '@anacrusis/ppo';
import { backward, mul, tensor, tokenLogProbs, matmul, type Tensor } from '@anacrusis/tensor';
import { Random } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const [T, V, D] = [23, 31, 5];

function given(seed: number) {
  const r = new Random(seed);
  const hidden = tensor(r.f32(T * D), [T, D]);
  const weight = tensor(r.f32(V * D, 0.8), [V, D]);
  hidden.requiresGrad = weight.requiresGrad = true;
  return {
    ...{ hidden, weight, targets: tensor(r.i32(T, 0, V - 1)), temperature: 0.9 },
    oldLogp: tensor(r.f32(T, 0.5).map((x) => x - 3.4)),
    advantages: tensor(r.f32(T)),
    mask: tensor(r.flags(T, 0.8)),
    offsets: tensor(Int32Array.of(0, 4, 4, 15, T)),
    refLogp: tensor(r.f32(T, 0.5).map((x) => x - 3.4)),
  };
}

type Options = Record<string, unknown>;

function inThreeSteps(options: Options) {
  const { hidden, weight, targets, temperature, ...rest } = given(1);
  const logits = matmul(hidden, weight, { transposeB: true });
  const { logp, entropy } = tokenLogProbs({ logits, targets, temperature });
  const { refLogp, ...plain } = rest;
  const all = { ...plain, ...(options['kl'] ? { refLogp } : {}), ...options };
  return { ...policyLoss({ ...all, logp, entropy } as never), hidden, weight };
}

function atOnce(options: Options) {
  const { refLogp, ...plain } = given(1);
  const all = { ...plain, ...(options['kl'] ? { refLogp } : {}), ...options };
  return { ...linearPolicyLoss(all as never), hidden: plain.hidden, weight: plain.weight };
}

function expectClose(got: Tensor, want: Tensor, because: string): void {
  // float32 sums in other orders, of terms as large as the largest element
  const largest = want.f32.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  got.f32.forEach((x, i) => {
    expect(Math.abs(x - want.f32[i]!), because).toBeLessThan(2e-6 * largest);
  });
}

const clip = { clipLow: 0.2, clipHigh: 0.28 };
const mean = { aggregation: 'token-mean', denominator: 18 };

describe('linearPolicyLoss', () => {
  it.each<[string, Options]>([
    ['ppo', { ...clip, ...mean }],
    ['ppo, entropy', { ...clip, ...mean, entropyCoef: 0.05 }],
    ['mean of sequences', { ...clip, aggregation: 'seq-mean-token-mean', denominator: 3 }],
    [
      'dual clip, k3',
      { ...clip, ...mean, objective: 'dual-clip', dualClip: 2, kl: 'k3', klCoef: 0.1 },
    ],
    ['tis', { ...mean, objective: 'tis', ratioCap: 1.5 }],
    ['cispo', { ...clip, ...mean, objective: 'cispo' }],
    ['reinforce', { ...mean, objective: 'reinforce' }],
    ['small chunks', { ...clip, ...mean }],
  ])('%s: loss, metrics and gradients', (name, options) => {
    const want = inThreeSteps(options);
    const got = atOnce(name === 'small chunks' ? { ...options, workspaceBytes: 0 } : options);
    expect(got.loss.item()).toBeCloseTo(want.loss.item(), 6);
    for (const [metric, value] of Object.entries(want.metrics)) {
      if (typeof value === 'number') {
        expect(got.metrics[metric as 'tokens'], metric).toBeCloseTo(value, 5);
      }
    }
    backward(mul(want.loss, 1.5));
    backward(mul(got.loss, 1.5));
    expectClose(got.hidden.grad!, want.hidden.grad!, 'hidden');
    expectClose(got.weight.grad!, want.weight.grad!, 'weight');
  });

  it('makes no gradient of a frozen head', () => {
    const { refLogp: _, ...input } = given(2);
    input.weight.requiresGrad = false;
    const { loss } = linearPolicyLoss({ ...input, ...clip, ...mean } as never);
    backward(loss);
    expect(input.weight.grad).toBeNull();
    expect(input.hidden.grad!.f32.some((d) => d !== 0)).toBe(true);
  });

  it('refuses ratios of sequences and divergences of whole distributions', () => {
    const { refLogp: _, ...input } = given(3);
    const call = (options: Options) => () =>
      linearPolicyLoss({ ...input, ...clip, ...mean, ...options } as never);
    expect(call({ objective: 'gspo' })).toThrow(/linearPolicyLoss: objective/);
    expect(call({ ratio: 'product' })).toThrow(/linearPolicyLoss: objective/);
    expect(call({ kl: 'full', klCoef: 1, klDivergence: input.advantages })).toThrow(/klDivergence/);
    expect(call({ targets: input.advantages })).toThrow(/linearPolicyLoss: targets/);
    expect(call({ hidden: input.weight })).toThrow(/linearPolicyLoss/);
  });
});
