import { ArgumentError, DisposedError } from '@anacrusis/native';
import * as t from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';

// Expected values: derivatives of small polynomials by hand.

const leaf = (...values: number[]): t.Tensor => {
  const x = t.tensor(Float32Array.from(values));
  x.requiresGrad = true;
  return x;
};
const gradient = (x: t.Tensor): number[] | null => x.grad && [...x.grad.f32];
const caught = (body: () => unknown): Error => {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
};

describe('backward', () => {
  it('adds to the gradients of leaves, over calls and over graphs', () => {
    t.scope(() => {
      const x = leaf(2, 3);
      const y = t.sum(t.square(x));
      t.backward(y);
      expect(gradient(x)).toEqual([4, 6]);
      t.backward(y);
      expect(gradient(x)).toEqual([8, 12]);
      t.backward(t.sum(t.mul(x, 5)));
      expect(gradient(x)).toEqual([13, 17]);
    });
  });

  it('leaves no gradient on what is between', () => {
    t.scope(() => {
      const x = leaf(2);
      const h = t.square(x);
      t.backward(t.square(h));
      expect(h.grad).toBeNull();
      expect(gradient(x)).toEqual([32]);
    });
  });

  it('does not change the gradient that it is given', () => {
    t.scope(() => {
      const x = leaf(2, 3);
      const given = t.tensor(Float32Array.of(10, 100));
      t.backward(t.reshape(x, [2]), given);
      t.backward(t.add(t.reshape(x, [2]), x), given);
      expect(gradient(x)).toEqual([30, 300]);
      expect([...given.f32]).toEqual([10, 100]);
    });
  });

  it('a leaf that nothing wants has none', () => {
    t.scope(() => {
      const [x, y] = [leaf(2), t.tensor(Float32Array.of(3))];
      t.backward(t.mul(x, y));
      expect(gradient(x)).toEqual([3]);
      expect(y.grad).toBeNull();
    });
  });

  it('reaches leaves of other scopes, whose gradients outlive the inner one', () => {
    t.scope(() => {
      const x = leaf(2, 3);
      t.scope(() => t.backward(t.sum(t.square(x))));
      expect(gradient(x)).toEqual([4, 6]);
    });
  });

  it('refuses what is not on the tape', () => {
    t.scope(() => {
      const plain = t.tensor(Float32Array.of(1));
      expect(caught(() => t.backward(plain))).toMatchObject({
        code: 'ERR_TAPE',
        op: 'backward',
        parameter: 'output',
      });
      expect(caught(() => t.backward(leaf(1)))).toMatchObject({ code: 'ERR_TAPE' });
      const y = t.square(leaf(1, 2));
      expect(caught(() => t.backward(y))).toMatchObject({
        code: 'ERR_SHAPE',
        parameter: 'gradient',
      });
      const three = t.zeros([3]);
      expect(caught(() => t.backward(y, three))).toMatchObject({
        code: 'ERR_SHAPE',
        received: '[3]',
      });
      const integers = t.zeros([2], 'i32');
      expect(caught(() => t.backward(y, integers))).toMatchObject({ code: 'ERR_DTYPE' });
      y.dispose();
      expect(caught(() => t.backward(y))).toBeInstanceOf(DisposedError);
    });
  });
});

describe('a graph that lost a tensor', () => {
  it('is refused by name instead of ending silently there', () => {
    t.scope(() => {
      const x = leaf(2);
      const y = t.scope(() => t.mul(t.square(x), 3));
      const error = caught(() => t.backward(y));
      expect(error).toBeInstanceOf(DisposedError);
      expect(error).toMatchObject({ op: 'backward of mul', parameter: 'input 0' });
      expect(x.grad).toBeNull();
    });
  });

  it.each([
    ['ids of an embedding', (x: t.Tensor, i: t.Tensor) => t.embedding(t.reshape(x, [2, 1]), i)],
    [
      'targets',
      (x: t.Tensor, i: t.Tensor) =>
        t.tokenLogProbs({ logits: t.reshape(x, [1, 2]), targets: i }).logp,
    ],
  ])('%s', (_, op) => {
    t.scope(() => {
      const ids = t.zeros([1], 'i32');
      const y = t.sum(op(leaf(2, 3), ids));
      ids.dispose();
      expect(caught(() => t.backward(y))).toMatchObject({
        name: 'DisposedError',
        parameter: 'input 1',
      });
    });
  });

  it('keeps what an operation saved for itself as long as its result', () => {
    const before = t.memoryStats().live;
    const x = t.keep(t.full([1, 3], 2));
    x.requiresGrad = true;
    const weight = t.keep(t.full([3], 2));
    const y = t.scope(() => t.rmsNorm(x, weight, 0));
    const most = t.scope(() => t.max(y, 1));
    const whole = t.sum(most);
    t.backward(whole);
    expect(gradient(x)!.every(Number.isFinite)).toBe(true);
    for (const tensor of [whole, most, y, weight, x]) tensor.dispose();
    expect(t.memoryStats().live).toBe(before);
  });

  it('does not keep it when nothing is recorded', () => {
    const before = t.memoryStats().live;
    const x = t.full([4, 3], 2);
    const results = [t.rmsNorm(x, t.tensor(new Float32Array(3)), 0), t.max(x, 1)];
    for (const tensor of [x, ...results]) tensor.dispose();
    expect(t.memoryStats().live).toBe(before);
  });
});

describe('noGrad', () => {
  it('records nothing, nested and after an exception', () => {
    t.scope(() => {
      const x = leaf(2);
      const y = t.noGrad(() => {
        t.noGrad(() => t.square(x));
        return t.square(x);
      });
      expect([y.requiresGrad, y.node]).toEqual([false, null]);
      expect(() =>
        t.noGrad(() => {
          throw new Error('mine');
        }),
      ).toThrow('mine');
      t.backward(t.mul(t.square(x), y));
      expect(gradient(x)).toEqual([16]);
    });
  });

  it('refuses a promise', async () => {
    const body = async (): Promise<never> => {
      await Promise.resolve();
      throw new Error('after the refusal');
    };
    expect(() => t.noGrad(body)).toThrow(ArgumentError);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  });
});

describe('customOp', () => {
  /** a^2 b and a + b, with gradients by hand. */
  function custom(
    a: t.Tensor,
    b: t.Tensor,
    seen: (t.Tensor | undefined)[][],
  ): [t.Tensor, t.Tensor] {
    const [y, z] = t.noGrad(() => [t.mul(t.square(a), b), t.add(a, b)] as const);
    t.customOp('custom', [a, b], [y, z], (grads) => {
      seen.push([...grads]);
      const [dy, dz] = grads.map((g) => g ?? t.zeros(a.shape));
      return [t.add(t.mul(dy!, t.mul(2, t.mul(a, b))), dz!), t.add(t.mul(dy!, t.square(a)), dz!)];
    });
    return [y, z];
  }

  it('takes part in the chain rule, and is not recorded in backward', () => {
    t.scope(() => {
      const [a, b] = [leaf(2, 3), leaf(5, 7)];
      const [y, z] = custom(t.mul(a, 1), b, []);
      t.backward(t.sum(t.add(y, t.mul(z, 10))));
      expect(gradient(a)).toEqual([30, 52]);
      expect(gradient(b)).toEqual([14, 19]);
    });
  });

  it('gets undefined for an output that nothing depends on', () => {
    t.scope(() => {
      const seen: (t.Tensor | undefined)[][] = [];
      const [a, b] = [leaf(2, 3), leaf(5, 7)];
      t.backward(t.sum(custom(a, b, seen)[0]));
      expect(seen[0]!.map((g) => g?.shape)).toEqual([[2], undefined]);
      expect(gradient(a)).toEqual([20, 42]);
    });
  });

  it('refuses gradients of another shape or dtype', () => {
    const wrong = (gradient: () => t.Tensor): Error =>
      t.scope(() => {
        const x = leaf(1, 2);
        const y = t.zeros([1]);
        t.customOp('mine', [x], [y], () => [gradient()]);
        return caught(() => t.backward(y));
      });
    expect(wrong(() => t.zeros([3]))).toMatchObject({
      code: 'ERR_SHAPE',
      op: 'mine',
      parameter: 'gradient 0',
    });
    expect(wrong(() => t.zeros([2], 'i32'))).toMatchObject({
      code: 'ERR_DTYPE',
      parameter: 'gradient 0',
    });
  });
});

describe('an exception in backward', () => {
  it('frees what backward holds and gives no half-written gradient', () => {
    t.scope(() => {
      const [x, w] = [leaf(1, 2), leaf(3, 4)];
      const y = t.zeros([2]);
      t.record('failing', [x, w], [y], (_, sink) => {
        sink.output(0);
        sink.output(1);
        t.zeros([100]);
        throw new Error('mine');
      });
      const z = t.sum(t.mul(y, w));
      const before = t.memoryStats().live;
      expect(() => t.backward(z)).toThrow('mine');
      // w has the gradient that reached it through the product.
      expect(t.memoryStats().live).toBe(before + 256);
      expect([gradient(x), gradient(w)]).toEqual([null, [0, 0]]);
      expect(t.square(x).requiresGrad).toBe(true);
    });
  });
});
