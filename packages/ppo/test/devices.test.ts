// The functions of this package on the SIMT emulator against the same on the CPU: one code for both devices.
import {
  aggregate, approxKl, discountedReturns, gae, normalizeAdvantages, retrace, tdLambda, vtrace,
} from '@anacrusis/ppo'; // prettier-ignore
import { backward, mul, scope, sum, Tensor, tensor, type DeviceName } from '@anacrusis/tensor';
import { Random, useEmulator } from '@anacrusis/testing';
import { expect, it } from 'vitest';

useEmulator();

type Data = Float32Array | Uint8Array;
type Place = (data: Data, shape?: number[]) => Tensor;

const offsets = (): Tensor => tensor(Int32Array.of(0, 9, 9, 20));
const steps = (random: Random, place: Place): { [name: string]: Tensor } => ({
  rewards: place(random.f32(20)),
  values: place(random.f32(20)),
  logp: place(random.f32(20).map((x) => -Math.abs(x))),
  behaviorLogp: place(random.f32(20).map((x) => -Math.abs(x))),
  terminated: place(random.flags(20, 0.1)),
  mask: place(random.flags(20, 0.8)),
});

const functions: Record<string, (random: Random, place: Place) => unknown> = {
  gae: (random, place) => {
    const { rewards, values, terminated, mask } = steps(random, place) as Record<string, Tensor>;
    const scan = { rewards: rewards!, values: values!, terminated: terminated!, mask: mask! };
    return gae({ ...scan, offsets: offsets(), gamma: 0.9, gaeLambda: 0.8 });
  },
  'td, returns': (random, place) => {
    const { rewards, values, terminated } = steps(random, place);
    const scan = { rewards: rewards!, terminated: terminated!, offsets: offsets(), gamma: 0.9 };
    return [tdLambda({ ...scan, values: values!, lambda: 0.7 }), discountedReturns(scan)];
  },
  'off-policy': (random, place) => {
    const { mask: _, ...all } = steps(random, place);
    const scan = {
      ...(all as never as Parameters<typeof vtrace>[0]),
      offsets: offsets(),
      gamma: 0.9,
    };
    return [vtrace(scan), retrace({ ...scan, qValues: place(random.f32(20)) })];
  },
  'approxKl and aggregate': (random, place) => {
    const { rewards: logp, values: refLogp, mask } = steps(random, place);
    logp!.requiresGrad = true;
    const kl = approxKl({ logp: logp!, refLogp: refLogp!, estimator: 'k3' });
    const common = { mask: mask!, offsets: offsets(), denominator: 7 };
    const loss = aggregate({ losses: kl, aggregation: 'seq-mean-token-mean', ...common });
    backward(sum(mul(loss, 3)));
    return [kl, loss, logp!.grad];
  },
  normalizeAdvantages: (random, place) => {
    const groupIds = tensor(Int32Array.of(5, 9, 5, 9, 5, 9));
    return normalizeAdvantages({
      rewards: place(random.f32(6)),
      groupIds,
      mean: 'group',
      std: 'batch',
    });
  },
};

/** Every number of a result, and the devices of its tensors. */
function numbers(value: unknown, devices: Set<string>): number[] {
  if (value instanceof Tensor) {
    devices.add(value.device);
    return [...value.read()];
  }
  if (typeof value === 'number') return [value];
  return Object.values(value as object).flatMap((item) => numbers(item, devices));
}

it.each(Object.entries(functions))('%s', (_, body) => {
  const run = (device: DeviceName): number[] =>
    scope(() => {
      const result = body(new Random(4), (data, shape) => tensor(data, shape, { device }));
      const devices = new Set<string>();
      const all = numbers(result, devices);
      expect([...devices]).toEqual([device]);
      return all;
    });
  const [want, got] = [run('cpu'), run('cuda:0')];
  expect(got.length).toBe(want.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(want[i]!, 4));
});
