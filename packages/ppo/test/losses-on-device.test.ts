// The losses on device tensors: what the CPU gives, on the SIMT emulator that runs the CUDA sources.
import { normalizeAdvantages, policyLoss, valueLoss } from '@anacrusis/ppo';
import { backward, tensor, type Tensor } from '@anacrusis/tensor';
import { packedSequences, Random, useEmulator } from '@anacrusis/testing';
import { beforeAll, describe, expect, it } from 'vitest';

describe('on a device', () => {
  beforeAll(() => void useEmulator());

  const r = new Random(2);
  const { T, offsets, mask } = packedSequences(r, 9, 40);
  const [logp, oldLogp, advantages, refLogp, entropy] = [1, 2, 3, 4, 5].map(() => r.f32(T, 0.3));

  function losses(device: 'cpu' | 'cuda:0') {
    const on = (array: Float32Array | Uint8Array): Tensor => tensor(array, [T]).to(device);
    const common = { mask: on(mask), offsets: tensor(offsets), denominator: 17.5 };
    const given = { ...common, aggregation: 'seq-mean-token-mean' } as const;
    const inputs = { logp: on(logp!), oldLogp: on(oldLogp!), advantages: on(advantages!) };
    const terms = {
      refLogp: on(refLogp!),
      kl: 'k3',
      klCoef: 0.1,
      entropy: on(entropy!),
      entropyCoef: 0.01,
    } as const;
    for (const x of [inputs.logp, terms.entropy]) x.requiresGrad = true;
    const clip = { objective: 'gspo', clipLow: 0.1, clipHigh: 0.1 } as const;
    const policy = policyLoss({ ...inputs, ...terms, ...clip, ...given });
    backward(policy.loss);
    const values = on(logp!);
    values.requiresGrad = true;
    const old = { oldValues: on(oldLogp!), clip: 0.2 };
    const value = valueLoss({ values, returns: on(advantages!), ...old, half: true, ...given });
    backward(value.loss);
    const groupIds = tensor(Int32Array.from({ length: T }, (_, i) => i % 7));
    const rewards = on(advantages!);
    const normalized = normalizeAdvantages({ rewards, groupIds, mean: 'group', std: 'batch' });
    const arrays = [inputs.logp.grad!, terms.entropy.grad!, values.grad!, normalized];
    const metrics = [policy.metrics, value.metrics].flatMap((m) =>
      Object.values(m).filter((x): x is number => typeof x === 'number'),
    );
    return [...arrays.flatMap((array) => [...(array.read() as Float32Array)]), ...metrics];
  }

  it('gives losses, metrics and gradients of the CPU', () => {
    const [cpu, cuda] = [losses('cpu'), losses('cuda:0')];
    expect(cuda).toHaveLength(cpu.length);
    // float32 per token; sums in another order
    cpu.forEach((want, i) =>
      expect(Math.abs(cuda[i]! - want)).toBeLessThan(1e-6 * (1 + Math.abs(want))),
    );
  });
});
