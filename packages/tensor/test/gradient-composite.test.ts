import * as t from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';
import { expectGradients, expectNormal, leavesOf } from './expect-gradients.js';
import * as f64 from './float64.js';

// Expected values: central differences of the same networks in float64 (float64.ts).

describe('an MLP', () => {
  const shapes = [[5, 3], [7, 3], [7], [2, 7], [2]];

  it('mean squared error of tanh layers', () => {
    expectNormal({
      shapes,
      forward: (x, w1, b1, w2, b2) =>
        t.mean(t.square(t.sub(t.linear(t.tanh(t.linear(x, w1, b1)), w2, b2), 0.5))),
      reference: (x, w1, b1, w2, b2) => {
        const hidden = f64.map(Math.tanh, f64.add(f64.matmul(x, f64.transpose(w1)), b1));
        const y = f64.add(f64.matmul(hidden, f64.transpose(w2)), b2);
        return f64.reduce(
          (v) => f64.total(v) / v.length,
          f64.map((v) => (v - 0.5) ** 2, y),
        );
      },
    });
  });

  it('has the same gradients with the input a constant, and none for the input', () => {
    t.scope(() => {
      const [x, w1, b1, w2, b2] = leavesOf(shapes).map((leaf) => t.tensor(leaf.data, leaf.shape));
      const parameters = [w1!, b1!, w2!, b2!];
      for (const p of parameters) p.requiresGrad = true;
      const loss = (): t.Tensor => t.sum(t.linear(t.relu(t.linear(x!, w1!, b1!)), w2!, b2!));
      t.backward(loss());
      const constant = parameters.map((p) => [...p.grad!.f32]);
      expect(x!.grad).toBeNull();
      x!.requiresGrad = true;
      for (const p of parameters) p.grad = null;
      t.backward(loss());
      expect(parameters.map((p) => [...p.grad!.f32])).toEqual(constant);
      expect(x!.grad!.shape).toEqual([5, 3]);
    });
  });
});

/** One pre-norm block with residual connections: 2 heads of 3 over a sequence of 4, in float64. */
function block(
  x: f64.Elements,
  g: f64.Elements,
  qkv: f64.Elements[],
  o: f64.Elements,
): f64.Elements {
  const normed = f64.rows((row) => {
    const rms = Math.sqrt(f64.total(row.map((v) => v * v)) / row.length + 1e-6);
    return row.map((v, i) => (v / rms) * g.data[i]!);
  }, x);
  const [q, k, v] = qkv.map((w) => f64.matmul(normed, f64.transpose(w)).data);
  const mixed = f64.elements([4, 6], (i) => {
    const [row, head, d] = [Math.floor(i / 6), Math.floor((i % 6) / 3), i % 3];
    const at = (r: number, c: number): number => r * 6 + head * 3 + c;
    const scores = Array.from(
      { length: row + 1 },
      (_, j) => f64.total([0, 1, 2].map((c) => q![at(row, c)]! * k![at(j, c)]!)) / Math.sqrt(3),
    );
    return f64.total(f64.softmaxOf(scores).map((p, j) => p * v![at(j, d)]!));
  });
  return f64.add(x, f64.matmul(mixed, f64.transpose(o)));
}

describe('an attention block', () => {
  it('with tied weights, applied twice', () => {
    const matrix = [6, 6];
    expectNormal({
      shapes: [[4, 6], [6], matrix, matrix, matrix, matrix],
      forward: (x, g, wq, wk, wv, wo) => {
        const offsets = t.tensor(Int32Array.of(0, 4));
        const layer = (h: t.Tensor): t.Tensor => {
          const normed = t.rmsNorm(h, g!, 1e-6);
          const heads = (w: t.Tensor): t.Tensor => t.reshape(t.linear(normed, w), [4, 2, 3]);
          const { y } = t.causalAttention(heads(wq!), heads(wk!), heads(wv!), offsets);
          return t.add(h, t.linear(t.reshape(y, [4, 6]), wo!));
        };
        return layer(layer(x!));
      },
      reference: (x, g, wq, wk, wv, wo) => {
        const layer = (h: f64.Elements): f64.Elements => block(h, g!, [wq!, wk!, wv!], wo!);
        return layer(layer(x!));
      },
    });
  });
});

describe('a tensor that is used several times', () => {
  it('collects a gradient from every use', () => {
    expectNormal({
      shapes: [[3, 3]],
      forward: (x) => {
        const y = t.tanh(x);
        return t.add(t.add(t.matmul(y, y), t.mul(y, x)), t.sum(y, 0));
      },
      reference: (x) => {
        const y = f64.map(Math.tanh, x);
        return f64.add(f64.add(f64.matmul(y, y), f64.mul(y, x)), f64.reduce(f64.total, y, 0));
      },
    });
  });

  it('a sum of itself, of its views and of numbers', () => {
    expectGradients({
      leaves: leavesOf([[4]]),
      forward: (x) => {
        const y = t.add(x, x);
        return t.sub(t.add(t.add(y, y), t.reshape(y, [4])), t.mul(2, t.add(y, 1)));
      },
      reference: (x) => f64.map((v) => 2 * v - 2, x),
    });
  });
});
