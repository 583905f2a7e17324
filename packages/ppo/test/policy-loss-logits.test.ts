// policyLossLogits against the same loss in two steps (tokenLogProbs, policyLoss), whose own tests have float64 references;
// on the CPU and on the SIMT emulator; what it refuses.
import { policyLoss, policyLossLogits } from '@anacrusis/ppo';
import { backward, matmul, mul, tensor, tokenLogProbs, type Tensor } from '@anacrusis/tensor';
import { Random, useEmulator } from '@anacrusis/testing';
import { beforeAll, describe, expect, it } from 'vitest';

const [T, V, D] = [23, 31, 5];
const clip = { clipLow: 0.2, clipHigh: 0.28 };
const mean = { aggregation: 'token-mean', denominator: 18 } as const;
type Options = Record<string, unknown>;

/** Inputs on a device; logits are a product, so that their gradient goes on. */
function given(device: 'cpu' | 'cuda:0' = 'cpu') {
  const r = new Random(4);
  const on = (array: Float32Array | Uint8Array | Int32Array, shape = [array.length]): Tensor =>
    tensor(array, shape).to(device);
  const [hidden, weight] = [on(r.f32(T * D), [T, D]), on(r.f32(V * D, 0.8), [V, D])];
  hidden.requiresGrad = weight.requiresGrad = true;
  const perToken = {
    targets: on(r.i32(T, 0, V - 1)),
    oldLogp: on(r.f32(T, 0.5).map((x) => x - 3.4)),
    advantages: on(r.f32(T)),
    mask: on(r.flags(T, 0.8)),
    offsets: tensor(Int32Array.of(0, 4, 4, 15, T)),
  };
  const refLogp = on(r.f32(T, 0.5).map((x) => x - 3.4));
  const logits = matmul(hidden, weight, { transposeB: true });
  return { hidden, weight, logits, perToken, refLogp };
}

function inTwoSteps(options: Options) {
  const { hidden, weight, logits, perToken, refLogp } = given();
  const { targets, ...rest } = perToken;
  const { logp, entropy } = tokenLogProbs({ logits, targets, temperature: 0.9 });
  const all = { ...rest, ...(options['kl'] ? { refLogp } : {}), ...options, logp, entropy };
  return { ...policyLoss(all as never), hidden, weight, logp };
}

function atOnce(options: Options, device: 'cpu' | 'cuda:0' = 'cpu') {
  const { hidden, weight, logits, perToken, refLogp } = given(device);
  const all = { logits, temperature: 0.9, ...perToken, ...(options['kl'] ? { refLogp } : {}) };
  return { ...policyLossLogits({ ...all, ...options } as never), hidden, weight, logits };
}

const f32 = (x: Tensor): Float32Array => x.read() as Float32Array;

function expectClose(got: Tensor, want: Tensor, because: string): void {
  // float32 sums in other orders, of terms as large as the largest element
  const largest = want.f32.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  f32(got).forEach((x, i) => {
    expect(Math.abs(x - want.f32[i]!), because).toBeLessThan(2e-6 * largest);
  });
}

/** float32 per token: a few rounding errors, which exp of the log-ratios enlarges. */
function expectNear(got: number, want: number, because: string): void {
  expect(Math.abs(got - want), because).toBeLessThan(2e-6 * (1 + Math.abs(want)));
}

describe('policyLossLogits', () => {
  beforeAll(() => void useEmulator());

  describe.each<[string, Options]>([
    ['ppo', { ...clip, ...mean }],
    ['ppo, entropy', { ...clip, ...mean, entropyCoef: 0.05 }],
    ['mean of sequences', { ...clip, aggregation: 'seq-mean-token-mean', denominator: 3 }],
    [
      'dual clip, k3',
      { ...clip, ...mean, objective: 'dual-clip', dualClip: 2, kl: 'k3', klCoef: 0.1 },
    ],
    ['cispo', { ...clip, ...mean, objective: 'cispo' }],
  ])('%s', (_, options) => {
    it.each([
      ['in a copy', 'cpu', false],
      ['in place', 'cpu', true],
      ['in place on a device', 'cuda:0', true],
    ] as const)('%s: loss, metrics and gradients', (_name, device, inPlace) => {
      const want = inTwoSteps(options);
      const got = atOnce({ ...options, inPlace }, device);
      expectNear(got.loss.item(), want.loss.item(), 'loss');
      for (const [metric, value] of Object.entries(want.metrics)) {
        if (typeof value !== 'number') continue;
        expectNear(got.metrics[metric as 'tokens'], value, metric);
      }
      backward(mul(want.loss, 1.5));
      backward(mul(got.loss, 1.5));
      expectClose(got.hidden.grad!, want.hidden.grad!, 'hidden');
      expectClose(got.weight.grad!, want.weight.grad!, 'weight');
    });
  });

  it('leaves the logits alone unless it is told to use their memory', () => {
    const before = f32(given().logits);
    expect(f32(atOnce({ ...clip, ...mean }).logits)).toEqual(before);
    expect(f32(atOnce({ ...clip, ...mean, inPlace: true }).logits)).not.toEqual(before);
  });

  it('refuses what it cannot do', () => {
    const call = (options: Options) => () => atOnce({ ...clip, ...mean, ...options });
    expect(call({ objective: 'gspo' })).toThrow(/policyLossLogits: objective/);
    expect(call({ inPlace: 'yes' })).toThrow(
      /policyLossLogits: inPlace: expected one of true false/,
    );
    expect(call({ logits: tensor(new Float32Array(3)) })).toThrow(/policyLossLogits: logits/);
    expect(call({ logp: given().refLogp })).toThrow(/policyLossLogits: logp/);
  });
});
