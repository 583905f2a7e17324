import { ArgumentError, DisposedError } from '@anacrusis/native';
import * as t from '@anacrusis/tensor';
import { beforeEach, describe, expect, it } from 'vitest';

// Expected values: what is alive, counted by hand.

let before = 0;
beforeEach(() => {
  before = t.memoryStats().live;
});
const live = (): number => t.memoryStats().live - before;

describe('scope', () => {
  it('frees what was made inside and passes on what is returned', () => {
    let inner: t.Tensor | undefined;
    const results = t.scope(() => {
      inner = t.zeros([3]);
      const [a, b, c, d, e] = Array.from({ length: 5 }, () => t.zeros([3]));
      return {
        a,
        list: [b, { c }],
        map: new Map([['d', d]]),
        set: new Set([e]),
        text: 'x',
        none: null,
      };
    });
    expect(inner!.isDisposed).toBe(true);
    const { a, list, map, set } = results;
    const all = [
      a,
      list[0],
      (list[1] as { c: t.Tensor }).c,
      map.get('d'),
      [...set][0],
    ] as t.Tensor[];
    expect(all.map((x) => x.isDisposed)).toEqual(Array(5).fill(false));
    for (const x of all) x.dispose();
    expect(live()).toBe(0);
  });

  it('nests: what passes on belongs to the scope around', () => {
    t.scope(() => {
      const x = t.scope(() => t.scope(() => t.zeros([3])));
      expect(x.isDisposed).toBe(false);
      expect(live()).toBe(256);
      t.scope(() => {
        t.zeros([5]);
      });
      expect(live()).toBe(256);
    });
    expect(live()).toBe(0);
  });

  it('frees on an exception, at every level', () => {
    const failing = (): void =>
      t.scope(() => {
        t.zeros([100]);
        t.scope(() => {
          t.zeros([100]);
          throw new Error('mine');
        });
      });
    expect(failing).toThrow('mine');
    expect(live()).toBe(0);
  });

  it('does not follow a returned ring for ever', () => {
    const ring: { x?: t.Tensor; self?: object } = {};
    ring.self = ring;
    t.scope(() => {
      ring.x = t.zeros([3]);
      return ring;
    });
    expect(ring.x!.isDisposed).toBe(false);
    ring.x!.dispose();
  });

  it('refuses a promise, frees, and is usable afterwards', async () => {
    const body = async (): Promise<never> => {
      t.zeros([3]);
      await Promise.resolve();
      throw new Error('after the refusal');
    };
    expect(() => t.scope(body)).toThrow(ArgumentError);
    expect(live()).toBe(0);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    expect(t.scope(() => t.sum(t.full([2], 3)).item())).toBe(6);
  });

  it('does not remember tensors that were disposed of inside', () => {
    t.scope(() => {
      const x = t.zeros([3]);
      const owner = x.owner!;
      expect(owner.has(x)).toBe(true);
      x.dispose();
      expect(owner.size).toBe(0);
    });
  });
});

describe('keep', () => {
  it('takes a tensor out of its scope, also out of one further out', () => {
    const kept = t.scope(() => {
      const outer = t.zeros([3]);
      t.scope(() => t.keep(outer));
      t.keep(t.keep(t.zeros([4]))).dispose();
      return { boxed: () => outer };
    });
    expect(kept.boxed().isDisposed).toBe(false);
    kept.boxed().dispose();
    expect(live()).toBe(0);
  });
});

describe('dispose', () => {
  it('twice is once', () => {
    const x = t.zeros([3]);
    x.dispose();
    x.dispose();
    expect(live()).toBe(0);
  });

  it('frees memory with the last view of it', () => {
    const x = t.full([2, 3], 7);
    const row = t.narrow(x, 1, 2);
    const flat = t.reshape(row, [3]);
    x.dispose();
    row.dispose();
    expect([...flat.f32]).toEqual([7, 7, 7]);
    expect(live()).toBe(256);
    flat.dispose();
    expect(live()).toBe(0);
  });

  it('frees the gradient with its leaf', () => {
    const x = t.full([2], 3);
    x.requiresGrad = true;
    t.scope(() => t.backward(t.sum(t.square(x))));
    const { grad } = x;
    expect(live()).toBe(512);
    x.dispose();
    expect(grad!.isDisposed).toBe(true);
    expect(live()).toBe(0);
  });

  it('is what `using` calls', () => {
    {
      using x = t.zeros([3]);
      expect(x.isDisposed).toBe(false);
    }
    expect(live()).toBe(0);
  });

  it('refuses every way to the elements afterwards', () => {
    const x = t.zeros([1]);
    const integers = t.zeros([1], 'i32');
    const bytes = t.zeros([1], 'u8');
    const doubles = t.zeros([1], 'f64');
    for (const tensor of [x, integers, bytes, doubles]) tensor.dispose();
    expect(() => x.data).toThrow(DisposedError);
    expect(() => x.f32).toThrow(DisposedError);
    expect(() => integers.i32).toThrow(DisposedError);
    expect(() => bytes.u8).toThrow(DisposedError);
    expect(() => doubles.f64).toThrow(DisposedError);
    expect(() => x.item()).toThrow(DisposedError);
    expect(() => x.alias([1])).toThrow(DisposedError);
  });
});

describe('the pool', () => {
  it('uses a block again for a tensor of about its size', () => {
    const x = t.zeros([1000]);
    const { buffer } = x.f32;
    x.dispose();
    const y = t.zeros([990]);
    expect(y.f32.buffer).toBe(buffer);
    y.dispose();
  });

  it('never holds more than twice what was ever alive, whatever the sizes', () => {
    t.trimMemory();
    let most = t.memoryStats().live;
    for (let i = 0; i < 2000; i++) {
      const x = t.empty([1 + ((i * 7919) % 100_000)]);
      most = Math.max(most, t.memoryStats().live);
      x.dispose();
    }
    const { live: alive, pooled } = t.memoryStats();
    expect(alive + pooled).toBeLessThanOrEqual(2 * most);
    t.trimMemory();
    expect(t.memoryStats()).toEqual({ live: before, pooled: 0 });
  });

  it('leaves memory of the caller alone', () => {
    const mine = Float32Array.of(1, 2);
    const x = t.tensor(mine);
    mine[0] = 5;
    expect(x.f32[0]).toBe(5);
    expect(live()).toBe(0);
    x.dispose();
    expect([...mine]).toEqual([5, 2]);
  });

  it('a size that no machine has is a typed error', () => {
    expect(() => t.empty([2 ** 46])).toThrow(expect.objectContaining({ code: 'ERR_MEMORY' }));
    expect(live()).toBe(0);
  });
});
