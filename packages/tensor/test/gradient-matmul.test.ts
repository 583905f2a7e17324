import * as t from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';
import { expectNormal } from './expect-gradients.js';
import * as f64 from './float64.js';

// Expected values: central differences of sums of products in float64 (float64.ts).

const flags = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

describe.each(flags)('matmul, transposeA %s, transposeB %s', (transposeA, transposeB) => {
  const stored = (lead: number[], rows: number, columns: number, swap: boolean): number[] =>
    swap ? [...lead, columns, rows] : [...lead, rows, columns];

  it.each([
    ['one', [], []],
    ['a batch of both', [2, 3], [2, 3]],
    ['a batch and one b', [5], []],
    ['a batch of one', [1], [1]],
    ['a batch of one and one b', [1], []],
  ])('%s', (_, leadA, leadB) => {
    expectNormal({
      shapes: [stored(leadA, 3, 5, transposeA), stored(leadB, 5, 4, transposeB), [4]],
      forward: (a, b, bias) => t.matmul(a, b, { transposeA, transposeB, bias }),
      reference: (a, b, bias) => {
        const left = transposeA ? f64.transpose(a) : a;
        const right = transposeB ? f64.transpose(b) : b;
        return f64.add(f64.matmul(left, right), bias);
      },
    });
  });

  it('of a matrix with itself, twice', () => {
    expectNormal({
      shapes: [[4, 4]],
      forward: (a) => t.matmul(t.matmul(a, a, { transposeA, transposeB }), a),
      reference: (a) => {
        const left = transposeA ? f64.transpose(a) : a;
        return f64.matmul(f64.matmul(left, transposeB ? f64.transpose(a) : a), a);
      },
    });
  });

  it('an empty batch with one b has a gradient of zeros', () => {
    t.scope(() => {
      const a = t.zeros(stored([0], 3, 5, transposeA));
      const b = t.full(stored([], 5, 4, transposeB), 2);
      const bias = t.zeros([4]);
      for (const leaf of [a, b, bias]) leaf.requiresGrad = true;
      t.backward(t.sum(t.matmul(a, b, { transposeA, transposeB, bias })));
      expect([...b.grad!.f32]).toEqual(Array(20).fill(0));
      expect([...bias.grad!.f32]).toEqual([0, 0, 0, 0]);
      expect(a.grad!.shape).toEqual(a.shape);
    });
  });
});

it('linear is x W^T + bias over any leading axes', () => {
  expectNormal({
    shapes: [[2, 3, 5], [7, 5], [7]],
    forward: t.linear,
    reference: (x, w, b) => f64.add(f64.matmul(x, f64.transpose(w)), b),
  });
});

it('sums over no terms are the bias, with a gradient of zeros for the weight', () => {
  expectNormal({
    shapes: [[3, 0], [4, 0], [4]],
    forward: t.linear,
    reference: (x, w, b) => f64.add(f64.matmul(x, f64.transpose(w)), b),
  });
});
