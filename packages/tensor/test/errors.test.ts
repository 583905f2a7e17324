import { ArgumentError, DisposedError } from '@anacrusis/native';
import * as t from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';

const { sum, mean, max, softmax, logSoftmax } = t;

// Expected values: the contract that bad input is an ArgumentError with parameter, expected and received.

interface Input {
  parameter: string;
  shape: number[];
  dtype?: t.DType;
  values?: number[];
  /** A shape that does not fit. */
  wrong?: number[];
}

interface Operation {
  name: string;
  inputs: Input[];
  call: (...inputs: t.Tensor[]) => unknown;
}

const unary = [t.neg, t.abs, t.exp, t.log, t.sqrt, t.square, t.relu, t.tanh, t.sigmoid, t.silu];
const binary = { add: t.add, sub: t.sub, mul: t.mul, div: t.div };
const x = { parameter: 'x', shape: [3, 4] };

const operations: Operation[] = [
  ...unary.map((call, i) => ({ name: `unary ${i}`, inputs: [x], call })),
  ...Object.entries(binary).map(([name, call]) => ({
    name,
    inputs: [
      { parameter: 'a', shape: [3, 4] },
      { parameter: 'b', shape: [4], wrong: [3] },
    ],
    call,
  })),
  ...Object.entries({ sum, mean, max, softmax, logSoftmax }).map(([name, call]) => ({
    name,
    inputs: [x],
    call: (input: t.Tensor) => call(input),
  })),
  {
    name: 'rmsNorm',
    inputs: [x, { parameter: 'weight', shape: [4], wrong: [3] }],
    call: (a, weight) => t.rmsNorm(a!, weight!, 1e-6),
  },
  {
    name: 'layerNorm',
    inputs: [
      x,
      { parameter: 'weight', shape: [4], wrong: [3] },
      { parameter: 'bias', shape: [4], wrong: [5] },
    ],
    call: (a, weight, bias) => t.layerNorm(a!, weight!, bias),
  },
  {
    name: 'swiglu',
    inputs: [
      { parameter: 'gate', shape: [3, 4] },
      { parameter: 'up', shape: [3, 4], wrong: [4, 3] },
    ],
    call: (gate, up) => t.swiglu(gate!, up!),
  },
  {
    name: 'matmul',
    inputs: [
      { parameter: 'a', shape: [2, 3, 4], wrong: [4] },
      { parameter: 'b', shape: [2, 4, 5], wrong: [3, 4, 5] },
      { parameter: 'bias', shape: [5], wrong: [1, 5] },
    ],
    call: (a, b, bias) => t.matmul(a!, b!, { bias: bias! }),
  },
  {
    name: 'matmul of inner sizes',
    inputs: [
      { parameter: 'a', shape: [3, 4] },
      { parameter: 'b', shape: [4, 5], wrong: [5, 4] },
    ],
    call: (a, b) => t.matmul(a!, b!),
  },
  {
    name: 'embedding',
    inputs: [
      { parameter: 'table', shape: [5, 3], wrong: [5] },
      { parameter: 'ids', shape: [4], dtype: 'i32', wrong: [2, 2] },
    ],
    call: (table, ids) => t.embedding(table!, ids!),
  },
  {
    name: 'rotaryEmbedding',
    inputs: [
      { parameter: 'x', shape: [3, 2, 4], wrong: [6, 4] },
      { parameter: 'positions', shape: [3], dtype: 'i32', wrong: [2] },
      { parameter: 'cos', shape: [5, 2], wrong: [10] },
      { parameter: 'sin', shape: [5, 2], wrong: [2, 5] },
    ],
    call: (a, positions, cos, sin) => t.rotaryEmbedding(a!, positions!, { cos: cos!, sin: sin! }),
  },
  {
    name: 'causalAttention',
    inputs: [
      { parameter: 'q', shape: [3, 2, 4], wrong: [3, 8] },
      { parameter: 'k', shape: [3, 1, 4], wrong: [2, 1, 4] },
      { parameter: 'v', shape: [3, 1, 4], wrong: [3, 2, 4] },
      { parameter: 'offsets', shape: [2], dtype: 'i32', values: [0, 3], wrong: [1, 2] },
    ],
    call: (q, k, v, offsets) => t.causalAttention(q!, k!, v!, offsets!),
  },
  {
    name: 'tokenLogProbs',
    inputs: [
      { parameter: 'logits', shape: [3, 4], wrong: [12] },
      { parameter: 'targets', shape: [3], dtype: 'i32', wrong: [4] },
    ],
    call: (logits, targets) => t.tokenLogProbs({ logits: logits!, targets: targets! }),
  },
  {
    name: 'linearTokenLogProbs',
    inputs: [
      { parameter: 'hidden', shape: [3, 4], wrong: [12] },
      { parameter: 'weight', shape: [5, 4], wrong: [5, 3] },
      { parameter: 'targets', shape: [3], dtype: 'i32', wrong: [4] },
    ],
    call: (hidden, weight, targets) =>
      t.linearTokenLogProbs({ hidden: hidden!, weight: weight!, targets: targets! }),
  },
];

const anyType: Operation[] = [
  { name: 'reshape', inputs: [x], call: (a) => t.reshape(a!, [4, 3]) },
  { name: 'narrow', inputs: [x], call: (a) => t.narrow(a!, 0, 1) },
];

function make({ shape, dtype, values = [] }: Input): t.Tensor {
  const tensor = t.zeros(shape, dtype);
  tensor.data.set(values);
  return tensor;
}

function refusal({ inputs, call }: Operation, at: number, bad: (input: Input) => unknown): Error {
  return t.scope(() => {
    const given = inputs.map((input, i) => (i === at ? bad(input) : make(input)));
    try {
      call(...(given as t.Tensor[]));
    } catch (error) {
      return error as Error;
    }
    throw new Error('was accepted');
  });
}

describe.each([...operations, ...anyType])('$name', (operation) => {
  const each = operation.inputs.map((input, at) => [input.parameter, at, input] as const);

  it('accepts what is right', () => {
    t.scope(() => {
      operation.call(...operation.inputs.map(make));
    });
  });

  it.each(each)('%s: not a tensor', (parameter, at) => {
    for (const bad of [undefined, null, 'x', {}, [1], new Float32Array(3)]) {
      // matmul without a bias and a number as an operand are legal.
      if (bad === undefined && parameter === 'bias') continue;
      if (bad === null && parameter === 'bias') continue;
      const error = refusal(operation, at, () => bad);
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({ code: 'ERR_TYPE', parameter });
      expect(error.message).toMatch(/expected .+, received .+/);
    }
  });

  it.each(each)('%s: disposed of', (parameter, at) => {
    const error = refusal(operation, at, (input) => {
      const tensor = make(input);
      tensor.dispose();
      return tensor;
    });
    expect(error).toBeInstanceOf(DisposedError);
    expect(error).toMatchObject({ code: 'ERR_DISPOSED', parameter });
  });

  it.each(each.filter(([, , { wrong }]) => wrong))('%s: another shape', (parameter, at) => {
    const error = refusal(operation, at, ({ wrong, dtype }) => t.zeros(wrong!, dtype));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toMatchObject({ code: 'ERR_SHAPE', parameter });
  });
});

describe.each(operations)('$name', (operation) => {
  const each = operation.inputs.map((input, at) => [input.parameter, at] as const);
  it.each(each)('%s: another dtype', (parameter, at) => {
    for (const dtype of ['f64', 'u8', operation.inputs[at]!.dtype ? 'f32' : 'i32'] as const) {
      const error = refusal(operation, at, ({ shape }) => t.zeros(shape, dtype));
      expect(error).toMatchObject({ name: 'ArgumentError', code: 'ERR_DTYPE', parameter });
      expect(error.message).toContain(dtype);
    }
  });
});

describe('other arguments', () => {
  const cases: [string, string, () => unknown][] = [
    ['tensor', 'data', () => t.tensor([1, 2] as never)],
    ['tensor', 'data', () => t.tensor(undefined as never)],
    ['tensor', 'data', () => t.tensor(new Float32Array(3), [2])],
    ['tensor', 'shape', () => t.tensor(new Float32Array(3), 3 as never)],
    ['tensor', 'shape', () => t.tensor(new Float32Array(6), [-2, -3])],
    ['tensor', 'shape', () => t.tensor(new Float32Array(0), [0.5, 0])],
    ['zeros', 'shape', () => t.zeros(undefined as never)],
    ['zeros', 'shape', () => t.zeros([2 ** 30, 2 ** 30])],
    ['zeros', 'dtype', () => t.zeros([2], 'f16' as never)],
    ['a number as operand', 'b', () => t.mul(t.zeros([2]), NaN)],
    ['a number as operand', 'a', () => t.sub('2' as never, t.zeros([2]))],
    ['sum', 'axis', () => t.sum(t.zeros([2, 3]), 2)],
    ['sum', 'axis', () => t.sum(t.zeros([2, 3]), -3)],
    ['sum', 'axis', () => t.sum(t.zeros([2, 3]), 0.5)],
    ['reshape', 'shape', () => t.reshape(t.zeros([2, 3]), [7])],
    ['reshape', 'shape', () => t.reshape(t.zeros([2, 3]), [-2, -3])],
    ['reshape', 'shape', () => t.reshape(t.zeros([2, 3]), [-1, -1])],
    ['reshape', 'shape', () => t.reshape(t.zeros([2, 3]), [-1, 4])],
    ['reshape', 'shape', () => t.reshape(t.zeros([2, 3]), [-1, 0])],
    ['reshape', 'shape', () => t.reshape(t.zeros([2, 3]), undefined as never)],
    ['narrow', 'range', () => t.narrow(t.zeros([2, 3]), 0, 3)],
    ['narrow', 'range', () => t.narrow(t.zeros([2, 3]), 2, 1)],
    ['narrow', 'range', () => t.narrow(t.zeros([2, 3]), -1, 1)],
    ['narrow', 'range', () => t.narrow(t.zeros([]), 0, 1)],
    ['rotaryTable', 'headSize', () => t.rotaryTable(3, 5, 1e4)],
    ['rmsNorm', 'eps', () => t.rmsNorm(t.zeros([2, 3]), t.zeros([3]), undefined as never)],
    [
      'tokenLogProbs',
      'temperature',
      () =>
        t.tokenLogProbs({ logits: t.zeros([1, 2]), targets: t.zeros([1], 'i32'), temperature: 0 }),
    ],
    [
      'tokenLogProbs',
      'temprature',
      () => {
        const input = { logits: t.zeros([1, 2]), targets: t.zeros([1], 'i32'), temprature: 2 };
        return t.tokenLogProbs(input);
      },
    ],
    ['gradStats', 'grads[1]', () => t.gradStats({ grads: [t.zeros([2]), null as never] })],
    ['gradStats', 'grads[0]', () => t.gradStats({ grads: [t.zeros([2], 'i32')] })],
    ['gradStats', 'grads', () => t.gradStats({} as never)],
    ['gradStats', 'axis', () => t.gradStats({ grads: [t.zeros([2])], axis: 1 })],
    ['gradStats', 'axis[1]', () => t.gradStats({ grads: [t.zeros([2]), t.zeros([3])], axis: [0, -1] })], // prettier-ignore
    ['gradStats', 'gradients', () => t.gradStats({ gradients: [] } as never)],
    ['embedding', 'ids[0]', () => t.embedding(t.zeros([3, 2]), t.full([1], 3, 'i32'))],
    ['item', 'tensor', () => t.zeros([2]).item()],
    [
      'broadcasting five ways',
      'b',
      () => t.add(t.zeros([2, 1, 2, 1, 2]), t.zeros([1, 2, 1, 2, 1])),
    ],
  ];
  it.each(cases)('%s: %s', (_, parameter, body) => {
    const before = t.memoryStats().live;
    const error = t.scope(() => {
      try {
        body();
      } catch (caught) {
        return caught;
      }
      throw new Error('was accepted');
    });
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toMatchObject({ parameter });
    expect((error as Error).message).toMatch(/expected .+, received .+/);
    expect(t.memoryStats().live).toBe(before);
  });
});

describe('empty tensors', () => {
  it.each(
    operations.filter(({ name, inputs }) => inputs.length === 1 && !['mean', 'max'].includes(name)),
  )('$name of no rows has an empty gradient', ({ call }) => {
    t.scope(() => {
      const rows = t.zeros([0, 4]);
      rows.requiresGrad = true;
      const y = call(rows) as t.Tensor;
      t.backward(t.sum(y));
      expect(rows.grad!.shape).toEqual([0, 4]);
    });
  });

  it('the sum of nothing is 0, its mean and maximum are refused', () => {
    t.scope(() => {
      expect(t.sum(t.zeros([0, 3])).item()).toBe(0);
      expect([...t.sum(t.zeros([0, 3]), 0).f32]).toEqual([0, 0, 0]);
      expect(() => t.mean(t.zeros([0]))).toThrow(ArgumentError);
      expect(() => t.max(t.zeros([0]))).toThrow(ArgumentError);
      expect(t.max(t.zeros([0, 3]), 1).shape).toEqual([0]);
    });
  });

  it('attention and log-probabilities over no tokens', () => {
    t.scope(() => {
      const [q, k, v] = [t.zeros([0, 2, 4]), t.zeros([0, 1, 4]), t.zeros([0, 1, 4])];
      for (const leaf of [q, k, v]) leaf.requiresGrad = true;
      t.backward(t.sum(t.causalAttention(q, k, v, t.zeros([1], 'i32')).y));
      expect(k.grad!.shape).toEqual([0, 1, 4]);
      const { logp } = t.tokenLogProbs({ logits: t.zeros([0, 5]), targets: t.zeros([0], 'i32') });
      expect(logp.shape).toEqual([0]);
    });
  });
});

it('arguments by place instead of by name', () => {
  const logits = t.tensor(new Float32Array(4), [2, 2]);
  const targets = t.tensor(new Int32Array(2));
  const call = t.tokenLogProbs as (...given: unknown[]) => unknown;
  const expected = 'one object of named arguments, tokenLogProbs({ logits, targets, temperature, ... })'; // prettier-ignore
  for (const [given, received] of [
    [logits, 'Tensor'],
    [[0.5], 'Array'],
    [logits.f32, 'Float32Array'],
    [undefined, 'undefined'],
  ] as [unknown, string][]) {
    const details = { code: 'ERR_TYPE', op: 'tokenLogProbs', parameter: '', expected, received };
    expect(() => call(given, targets)).toThrow(new ArgumentError(details));
  }
});
