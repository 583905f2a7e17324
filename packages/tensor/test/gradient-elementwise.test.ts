import * as t from '@anacrusis/tensor';
import { describe, it } from 'vitest';
import { expectGradients, expectNormal, leavesOf } from './expect-gradients.js';
import * as f64 from './float64.js';

// Expected values: central differences of the textbook formulas in float64 (float64.ts).

const positive = new Set(['log', 'sqrt']);
const unary: [string, (x: t.Tensor) => t.Tensor, (x: number) => number][] = [
  ['neg', t.neg, (x) => -x],
  ['abs', t.abs, Math.abs],
  ['exp', t.exp, Math.exp],
  ['log', t.log, Math.log],
  ['sqrt', t.sqrt, Math.sqrt],
  ['square', t.square, (x) => x * x],
  ['relu', t.relu, (x) => Math.max(x, 0)],
  ['tanh', t.tanh, Math.tanh],
  ['sigmoid', t.sigmoid, (x) => 1 / (1 + Math.exp(-x))],
  ['silu', t.silu, f64.silu],
];

describe('unary', () => {
  it.each(unary)('%s', (name, forward, f) => {
    // Away from the kinks at 0, where central differences see both sides.
    const value = positive.has(name) ? [0.3, 3] : [-3, 3];
    const leaves = leavesOf([[3, 7]], (random) => {
      const x = random.uniform(value[0], value[1]);
      return Math.abs(x) < 1e-3 ? 0.1 : x;
    });
    expectGradients({ leaves, forward, reference: (x) => f64.map(f, x) });
  });
});

const binary: [
  string,
  (a: t.Tensor | number, b: t.Tensor | number) => t.Tensor,
  (a: number, b: number) => number,
][] = [
  ['add', t.add, (a, b) => a + b],
  ['sub', t.sub, (a, b) => a - b],
  ['mul', t.mul, (a, b) => a * b],
  ['div', t.div, (a, b) => a / b],
];

const shapes: [number[], number[]][] = [
  [[5], [5]],
  [[], []],
  [[3, 5], []],
  [[], [3, 5]],
  [[3, 5], [5]],
  [[5], [3, 5]],
  [
    [3, 5],
    [3, 1],
  ],
  [
    [3, 1],
    [3, 5],
  ],
  [
    [3, 1],
    [1, 5],
  ],
  [
    [1, 5],
    [3, 1],
  ],
  [
    [2, 3, 5],
    [3, 1],
  ],
  [
    [2, 1, 5],
    [3, 1],
  ],
  [
    [2, 3, 1],
    [1, 1, 5],
  ],
  [
    [2, 3, 5],
    [2, 1, 5],
  ],
  [
    [2, 3, 5],
    [1, 3, 1],
  ],
  [
    [1, 3, 1],
    [2, 3, 5],
  ],
  [
    [2, 1, 3, 1],
    [1, 5, 1, 4],
  ],
  [
    [2, 5, 3, 4],
    [5, 1, 4],
  ],
  [[1, 1], [3]],
  [[1, 3], [3]],
];

describe.each(binary)('%s', (_, forward, f) => {
  it.each(shapes)('[%s] with [%s]', (a, b) => {
    const leaves = leavesOf([a, b], (random) => {
      const x = random.uniform(0.5, 2);
      return random.uniform() < 0.5 ? -x : x;
    });
    expectGradients({ leaves, forward, reference: (x, y) => f64.zip(f, x, y) });
  });

  it('with a number on either side', () => {
    const leaves = leavesOf([[3, 5]], (random) => random.uniform(0.5, 2));
    const right = (x: f64.Elements): f64.Elements => f64.zip(f, x, f64.number(1.75));
    const left = (x: f64.Elements): f64.Elements => f64.zip(f, f64.number(1.75), x);
    expectGradients({ leaves, forward: (x) => forward(x, 1.75), reference: right });
    expectGradients({ leaves, forward: (x) => forward(1.75, x), reference: left });
  });

  it('of a tensor with itself', () => {
    const leaves = leavesOf([[3, 5]], (random) => random.uniform(0.5, 2));
    expectGradients({ leaves, forward: (x) => forward(x, x), reference: (x) => f64.zip(f, x, x) });
  });
});

describe('views', () => {
  it('reshape keeps the order of elements', () => {
    expectNormal({
      shapes: [
        [2, 6],
        [4, 3],
      ],
      forward: (x, y) => t.mul(t.reshape(x, [4, -1]), y),
      reference: (x, y) => f64.mul({ ...x, shape: [4, 3] }, y),
    });
  });

  it('a gradient handed on by several views is not shared between them', () => {
    expectNormal({
      shapes: [[2, 6]],
      forward: (x) => {
        const y = t.mul(x, x);
        const halves = t.add(t.reshape(y, [12]), t.reshape(x, [12]));
        return t.add(halves, t.mul(t.reshape(y, [12]), 3));
      },
      reference: (x) => ({ ...f64.map((v) => 4 * v * v + v, x), shape: [12] }),
    });
  });

  it.each([
    [0, 2],
    [1, 4],
    [3, 5],
    [2, 2],
    [0, 5],
  ])('narrow %i to %i', (begin, end) => {
    expectNormal({
      shapes: [[5, 3]],
      forward: (x) => t.square(t.narrow(x, begin, end)),
      reference: (x) => ({
        data: x.data.slice(3 * begin, 3 * end).map((v) => v * v),
        shape: [end - begin, 3],
      }),
    });
  });

  it('rows that overlap add up', () => {
    expectNormal({
      shapes: [[5, 3]],
      forward: (x) => t.mul(t.mul(t.narrow(x, 0, 3), t.narrow(x, 2, 5)), t.narrow(x, 1, 4)),
      reference: (x) => f64.elements([3, 3], (i) => x.data[i]! * x.data[i + 6]! * x.data[i + 3]!),
    });
  });
});
