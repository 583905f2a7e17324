// Every operation on the SIMT emulator against the same on the CPU, forwards and backwards: one code for both
// devices, so the kernels' own tests say that the numbers are right, and this says that they go to the right place.
import {
  abs, add, AdamW, backward, causalAttention, chooseDevice, clipFactor, clipGradNorm, div, embedding, exp, gradNorm,
  layerNorm, linear, log, logSoftmax, matmul, max, mean, memoryStats, mul, narrow, neg, RandomStream, relu, reshape,
  rmsNorm, rotaryEmbedding, rotaryTable, scope, sigmoid, silu, softmax, sqrt, square, sub, sum, swiglu, synchronize,
  tanh, tensor, tokenLogProbs, zeros, type DeviceName, type Tensor,
} from '@anacrusis/tensor'; // prettier-ignore
import { device, OutOfMemoryError } from '@anacrusis/native';
import { Random, useEmulator } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const simt = useEmulator();
const cuda = 'cuda:0';

type Operation = (...inputs: Tensor[]) => Tensor;
const i32 = (...values: number[]): Int32Array => Int32Array.of(...values);
const shapes = {
  a: [3, 5],
  row: [5],
  positive: [3, 5],
  q: [7, 4, 6],
  k: [7, 2, 6],
  batch: [2, 3, 5],
} as const;
type Input = keyof typeof shapes;

const offsets = (): Tensor => tensor(i32(0, 4, 4, 7));
const on = (data: Int32Array, like: Tensor): Tensor => tensor(data, undefined, like);

const operations: [string, Input[], Operation][] = [
  ...Object.entries({ neg, abs, exp, square, relu, tanh, sigmoid, silu }).map(
    ([name, op]): [string, Input[], Operation] => [name, ['a'], op],
  ),
  ['log', ['positive'], log],
  ['sqrt', ['positive'], sqrt],
  ['add, broadcast', ['a', 'row'], add],
  ['sub, broadcast', ['row', 'batch'], sub],
  ['mul', ['a', 'positive'], mul],
  ['div, broadcast', ['batch', 'positive'], div],
  ['numbers', ['a'], (a) => sub(1, mul(div(a, 3), 2))],
  ['twice the same', ['a'], (a) => mul(a, add(a, a))],
  ['sum', ['batch'], (x) => sum(x)],
  ['sum over an axis', ['batch'], (x) => sum(x, 1)],
  ['mean over an axis', ['batch'], (x) => mean(x, -1)],
  ['max over an axis', ['batch'], (x) => max(x, 1)],
  ['softmax', ['a'], softmax],
  ['logSoftmax', ['a'], logSoftmax],
  ['rmsNorm', ['batch', 'row'], (x, w) => rmsNorm(x, w, 1e-5)],
  ['layerNorm', ['batch', 'row', 'row'], (x, w, b) => layerNorm(x, w, b)],
  ['layerNorm, no bias', ['batch', 'row'], (x, w) => layerNorm(x, w)],
  ['swiglu', ['a', 'positive'], swiglu],
  ['matmul', ['a', 'positive'], (a, b) => matmul(a, b, { transposeB: true })],
  ['matmul, batch', ['batch', 'batch'], (a, b) => matmul(a, b, { transposeA: true })],
  ['matmul, shared', ['batch', 'a'], (a, b) => matmul(a, b, { transposeA: true })],
  ['linear with bias', ['batch', 'a', 'row'], (x, w, b) => linear(x, w, narrow(b, 1, 4))],
  ['reshape and narrow', ['a'], (x) => narrow(reshape(x, [5, 3]), 1, 4)],
  ['narrow twice', ['a'], (x) => add(narrow(x, 0, 2), narrow(x, 1, 3))],
  ['embedding', ['a'], (x) => embedding(x, on(i32(2, 0, 2, 1), x))],
  ['embedding twice', ['a'], (x) => add(embedding(x, on(i32(2), x)), embedding(x, on(i32(1), x)))],
  ['rotaryEmbedding', ['q'], (x) => rotaryEmbedding(x, on(i32(0, 1, 2, 3, 0, 1, 2), x), rotaryTable(4, 6, 100, x))],
  ['causalAttention', ['q', 'k', 'k'], (q, k, v) => causalAttention(q, k, v, offsets()).y],
  ['tokenLogProbs', ['a'], (x) => {
    const { logp, entropy } = tokenLogProbs({ logits: x, targets: on(i32(4, 0, 2), x), temperature: 0.7 });
    return add(logp, mul(entropy, 0.3));
  }],
]; // prettier-ignore

/** Result and gradients of an operation on a device. */
function run(where: DeviceName, inputs: readonly Input[], operation: Operation): number[][] {
  return scope(() => {
    const random = new Random(5);
    const leaves = inputs.map((name) => {
      const size = shapes[name].reduce((product, n) => product * n, 1);
      const values = random.f32(size).map((x) => (name === 'positive' ? Math.abs(x) + 0.5 : x));
      return tensor(values, shapes[name], { device: where });
    });
    for (const leaf of leaves) leaf.requiresGrad = true;
    const y = operation(...leaves);
    backward(y, tensor(random.f32(y.size), y.shape, { device: where }));
    for (const { device: at } of [y, ...leaves.map(({ grad }) => grad!)]) expect(at).toBe(where);
    return [[...y.read()], ...leaves.map(({ grad }) => [...grad!.read()])];
  });
}

describe('operations', () => {
  it.each(operations)('%s', (_, inputs, operation) => {
    const [want, got] = [run('cpu', inputs, operation), run(cuda, inputs, operation)];
    // Both are within the kernels' tolerance of the truth; sums of a handful of terms of size 1.
    got.forEach((list, i) =>
      list.forEach((value, j) => {
        expect(Math.abs(value - want[i]![j]!), `${i}: ${value}`).toBeLessThan(3e-5);
      }),
    );
  });
});

describe('tensors', () => {
  it('move, are read and written', () => {
    scope(() => {
      const here = tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
      const there = here.to(cuda);
      expect([there.device, there.shape, there.dtype]).toEqual([cuda, [2, 3], 'f32']);
      expect(there.to(cuda)).toBe(there);
      here.f32[0] = 9;
      expect([...there.read()]).toEqual([1, 2, 3, 4, 5, 6]);
      const part = there.alias([2], 3);
      part.write(Float32Array.of(-4, -5));
      expect([...there.to('cpu').f32]).toEqual([1, 2, 3, -4, -5, 6]);
      expect(sum(there).item()).toBe(3);
      expect([...zeros([2], 'i32', { device: cuda }).fill(7).read()]).toEqual([7, 7]);
      const array = device(cuda).upload(Uint8Array.of(1, 2));
      expect([...tensor(array).read()]).toEqual([1, 2]);
      expect([...array.read()], 'the caller keeps it').toEqual([1, 2]);
      array.dispose();
    });
  });

  it('refuse what only the CPU can, and mixed devices by name', () => {
    scope(() => {
      const there = zeros([3], 'f32', { device: cuda });
      expect(() => there.data).toThrow(/read\(\)/);
      expect(() => there.f32).toThrow(expect.objectContaining({ code: 'ERR_DEVICE' }));
      const here = zeros([3]);
      expect(() => add(there, here)).toThrow(/b: expected a tensor on cuda:0, where a is.*cpu/);
      expect(() => embedding(zeros([2, 3]), tensor(i32(1), [1], there))).toThrow(/cuda:0/);
      here.requiresGrad = true;
      expect(() => add(here, here).to(cuda)).toThrow(/tape/);
      expect(() => zeros([1], 'f32', { device: 'cuda:7' })).toThrow(/from cuda:0 on/);
    });
  });

  it('give their memory back', () => {
    const before = memoryStats(cuda).live;
    scope(() => {
      const x = zeros([10, 10], 'f32', { device: cuda });
      x.requiresGrad = true;
      backward(sum(matmul(x, exp(x))));
      expect(memoryStats(cuda).live - before).toBeGreaterThan(1200);
    });
    expect(memoryStats(cuda).live).toBe(before);
  });

  it('lose nothing when memory runs out at any allocation of a training step', () => {
    scope(() => {
      const w = tensor(new Random(1).f32(12), [4, 3], { device: cuda });
      w.requiresGrad = true;
      using optimizer = new AdamW(new Map([['w', w]]), { lr: 0.1 });
      const step = (): number =>
        scope(() => {
          optimizer.zeroGrad();
          const x = tensor(new Random(2).f32(6), [2, 3], { device: cuda });
          const loss = mean(square(logSoftmax(linear(x, w))));
          backward(loss);
          optimizer.step(clipFactor(gradNorm([w]), 1));
          return loss.item();
        });
      step();
      const alive = (): number => {
        optimizer.zeroGrad();
        return simt.ledger().allocations;
      };
      const before = alive();
      simt.faultPlan('');
      step();
      const allocations = simt.callCounts()['allocate']!;
      expect(allocations).toBeGreaterThan(10);
      for (let n = 1; n <= allocations; n++) {
        simt.faultPlan(`allocate:${n}=2 allocate:${n + 1}=2`);
        expect(step, `allocation ${n}`).toThrow(OutOfMemoryError);
        simt.faultPlan('');
        expect(alive(), `allocation ${n}`).toBe(before);
      }
      expect(step()).toBeGreaterThan(0);
    });
  });

  it('throw what the device met when they are read', () => {
    scope(() => {
      const table = zeros([4, 2], 'f32', { device: cuda });
      embedding(table, tensor(i32(1, 4), [2], table));
      expect(() => synchronize(cuda)).toThrow(/ids\[1\]: expected a value in \[0, 3\]/);
    });
  });
});

describe('training', () => {
  const train = (where: DeviceName): { state: number[][]; norms: number[] } =>
    scope(() => {
      const random = new RandomStream(3, 'devices');
      const parameters = new Map([
        ['w', random.normal([4, 3], 0, 1, { device: where })],
        ['b', random.uniform([4], -1, 1, { device: where })],
      ]);
      for (const parameter of parameters.values()) parameter.requiresGrad = true;
      const optimizer = new AdamW(parameters, { lr: 0.05, weightDecay: 0.1 });
      const x = random.normal([6, 3], 0, 1, { device: where });
      const norms: number[] = [];
      for (let step = 0; step < 3; step++) {
        optimizer.zeroGrad();
        backward(mean(square(tanh(linear(x, parameters.get('w')!, parameters.get('b')!)))));
        norms.push(gradNorm(parameters.values()), clipGradNorm(parameters.values(), 0.1));
        optimizer.step(clipFactor(gradNorm(parameters.values()), 0.05));
      }
      const state = optimizer.state();
      const again = new AdamW(parameters, { lr: 0.05 });
      again.load(state);
      expect(again.state()).toEqual(state);
      const moments = [...again.state().moments.values()].map(({ m }) => [...m]);
      again.dispose();
      optimizer.dispose();
      return { state: [...moments, ...[...parameters.values()].map((p) => [...p.read()])], norms };
    });

  it('AdamW, clipping and random streams', () => {
    const [want, got] = [train('cpu'), train(cuda)];
    expect(got.state.flat().length).toBe(32);
    got.state.flat().forEach((v, i) => expect(v).toBeCloseTo(want.state.flat()[i]!, 5));
    got.norms.forEach((norm, i) => expect(norm).toBeCloseTo(want.norms[i]!, 6));
  });

  it('random integers and uniform numbers have the same bits', () => {
    const draw = (where: DeviceName): number[] => {
      const random = new RandomStream(1, 'bits');
      const to = { device: where };
      return scope(() => [
        ...random.uniform([33], 0, 1, to).read(),
        ...random.integers([9], -5, 5, to).read(),
      ]);
    };
    expect(draw(cuda)).toEqual(draw('cpu'));
  });
});

it('chooses devices', () => {
  expect(chooseDevice('cpu')).toEqual({ device: 'cpu', reason: 'as asked' });
  expect(chooseDevice('cuda').device).toBe('cuda:0');
  expect(chooseDevice('cuda:1').device).toBe('cuda:1');
  expect(chooseDevice('auto')).toMatchObject({
    device: 'cuda:0',
    reason: expect.stringContaining('works'),
  });
  expect(() => chooseDevice('gpu')).toThrow(/'auto'/);
  expect(() => chooseDevice('cuda:2')).toThrow(/2 device/);
});
