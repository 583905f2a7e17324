import * as t from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';
import { expectGradients, expectNormal, leavesOf } from './expect-gradients.js';
import * as f64 from './float64.js';

// Expected values: central differences of the papers' formulas in float64, row by row.

describe('over the last axis', () => {
  it.each([[[3, 7]], [[2, 3, 5]], [[6]], [[4, 1]]])('softmax of [%s]', (shape) => {
    expectNormal({
      shapes: [shape],
      forward: t.softmax,
      reference: (x) => f64.rows(f64.softmaxOf, x),
    });
  });

  it.each([[[3, 7]], [[2, 3, 5]], [[6]]])('logSoftmax of [%s]', (shape) => {
    expectNormal({
      shapes: [shape],
      forward: t.logSoftmax,
      reference: (x) => f64.rows((row) => f64.softmaxOf(row).map(Math.log), x),
    });
  });

  it.each([[[4, 7]], [[2, 3, 5]], [[6]]])('rmsNorm of [%s]', (shape) => {
    const eps = 0.01;
    expectNormal({
      shapes: [shape, [shape[shape.length - 1]!]],
      forward: (x, weight) => t.rmsNorm(x, weight, eps),
      reference: (x, weight) =>
        f64.rows((row) => {
          const rms = Math.sqrt(f64.total(row.map((v) => v * v)) / row.length + eps);
          return row.map((v, i) => (v / rms) * weight.data[i]!);
        }, x),
    });
  });

  const layerNorm = (x: f64.Elements, weight: f64.Elements, bias?: f64.Elements): f64.Elements =>
    f64.rows((row) => {
      const mean = f64.total(row) / row.length;
      const std = Math.sqrt(f64.total(row.map((v) => (v - mean) ** 2)) / row.length + 0.01);
      return row.map((v, i) => ((v - mean) / std) * weight.data[i]! + (bias?.data[i] ?? 0));
    }, x);

  it.each([[[4, 7]], [[2, 3, 5]], [[6]]])('layerNorm of [%s]', (shape) => {
    const D = shape[shape.length - 1]!;
    expectNormal({
      shapes: [shape, [D], [D]],
      forward: (x, weight, bias) => t.layerNorm(x, weight, bias, 0.01),
      reference: layerNorm,
    });
    expectNormal({
      shapes: [shape, [D]],
      forward: (x, weight) => t.layerNorm(x, weight, null, 0.01),
      reference: (x, weight) => layerNorm(x, weight),
    });
  });

  it('a weight that two norms share', () => {
    const norm = (x: f64.Elements, weight: f64.Elements): f64.Elements =>
      f64.rows((row) => {
        const rms = Math.sqrt(f64.total(row.map((v) => v * v)) / row.length);
        return row.map((v, i) => (v / rms) * weight.data[i]!);
      }, x);
    expectNormal({
      shapes: [[3, 5], [5]],
      forward: (x, w) => t.rmsNorm(t.rmsNorm(x, w, 0), w, 0),
      reference: (x, w) => norm(norm(x, w), w),
    });
  });

  it('swiglu', () => {
    expectNormal({
      shapes: [
        [3, 7],
        [3, 7],
      ],
      forward: t.swiglu,
      reference: (gate, up) => f64.mul(f64.map(f64.silu, gate), up),
    });
  });
});

describe('reductions', () => {
  const functions: [string, (x: t.Tensor, axis?: number) => t.Tensor, (v: number[]) => number][] = [
    ['sum', t.sum, f64.total],
    ['mean', t.mean, (v) => f64.total(v) / v.length],
    ['max', t.max, (v) => Math.max(...v)],
  ];
  const axes = [undefined, 0, 1, 2];
  it.each(functions.flatMap((f) => axes.map((axis) => [...f, axis] as const)))(
    '%s',
    (_, forward, f, axis) => {
      expectNormal({
        shapes: [[2, 3, 5]],
        forward: (x) => forward(x, axis),
        reference: (x) => f64.reduce(f, x, axis),
      });
    },
  );

  it('a negative axis counts from the end', () => {
    t.scope(() => {
      const x = t.tensor(Float32Array.of(1, 2, 3, 4, 5, 7), [2, 3]);
      expect([...t.sum(x, -1).f32]).toEqual([6, 16]);
      expect([...t.max(x, -2).f32]).toEqual([4, 5, 7]);
    });
  });

  it('the gradient of a maximum goes to the first of equal elements', () => {
    t.scope(() => {
      const x = t.tensor(Float32Array.of(1, 4, 4, 4, 2, 4, 0, 0), [4, 2]);
      x.requiresGrad = true;
      t.backward(t.max(x, 0), t.tensor(Float32Array.of(5, 7)));
      expect([...x.grad!.f32]).toEqual([0, 7, 5, 0, 0, 0, 0, 0]);
    });
  });
});

describe('embedding', () => {
  it('rows that are asked for twice add up; a table that is also the output layer does too', () => {
    const ids = Int32Array.of(3, 0, 3, 5);
    expectNormal({
      shapes: [[6, 3]],
      forward: (table) => t.linear(t.embedding(table, t.tensor(ids)), table),
      reference: (table) => {
        const row = (i: number): number => 3 * ids[Math.floor(i / 3)]! + (i % 3);
        const x = f64.elements([4, 3], (i) => table.data[row(i)]!);
        return f64.matmul(x, f64.transpose(table));
      },
    });
  });
});

describe('rotary embedding', () => {
  it('turns pairs j and j + D/2 by position * theta^(-2j/D)', () => {
    const [T, H, D] = [3, 2, 6];
    const positions = Int32Array.of(4, 0, 2);
    expectNormal({
      shapes: [[T, H, D]],
      forward: (x) => t.rotaryEmbedding(x, t.tensor(positions), t.rotaryTable(5, D, 100)),
      reference: (x) =>
        f64.elements(x.shape, (i) => {
          const j = i % 3;
          const angle = positions[Math.floor(i / (H * D))]! * 100 ** ((-2 * j) / D);
          const first = i % D < 3;
          const partner = x.data[first ? i + 3 : i - 3]! * Math.sin(angle);
          return x.data[i]! * Math.cos(angle) + (first ? -partner : partner);
        }),
    });
  });
});

describe('linearTokenLogProbs', () => {
  it.each([true, false])('is tokenLogProbs of hidden weight^T (entropy: %s)', (withEntropy) => {
    const targets = Int32Array.of(2, 0, 6, 2);
    expectNormal({
      shapes: [[4, 3], [7, 3], [4], [4]],
      forward: (hidden, weight, a, b) => {
        const given = { hidden, weight, targets: t.tensor(targets), temperature: 0.7 };
        const { logp, entropy } = t.linearTokenLogProbs(given);
        const weighted = t.mul(logp, a);
        return withEntropy ? t.add(weighted, t.mul(entropy, b)) : t.add(weighted, b);
      },
      reference: (hidden, weight, a, b) => {
        const logits = f64.matmul(hidden, f64.transpose(weight));
        return f64.elements([4], (r) => {
          const row = [...logits.data.subarray(7 * r, 7 * r + 7)];
          const p = f64.softmaxOf(row.map((v) => v / 0.7));
          const entropy = -f64.total(p.map((x) => x * Math.log(x)));
          const rest = withEntropy ? entropy * b.data[r]! : b.data[r]!;
          return Math.log(p[targets[r]!]!) * a.data[r]! + rest;
        });
      },
    });
  });

  it('adds to the gradient of a head that is used twice, and leaves a frozen one alone', () => {
    const make = (frozen: boolean): t.Tensor[] => {
      const [hidden, weight] = [t.full([2, 3], 0.5), t.full([5, 3], 0.25)];
      hidden.requiresGrad = true;
      weight.requiresGrad = !frozen;
      const targets = t.tensor(Int32Array.of(1, 4));
      const one = (): t.Tensor => t.sum(t.linearTokenLogProbs({ hidden, weight, targets }).logp);
      t.backward(frozen ? one() : t.add(one(), one()));
      return [hidden, weight];
    };
    const [, weight] = make(false);
    // p = 1/5 everywhere: 2 (1[v = y] - 1/5) 0.5 per token
    const wanted = [0, 1, 2, 3, 4].map((v) => (v === 1 || v === 4 ? 0.6 : -0.4));
    weight!.grad!.f32.forEach((d, i) => expect(d).toBeCloseTo(wanted[Math.floor(i / 3)]!, 6));
    expect(make(true)[1]!.grad).toBeNull();
  });
});

describe('tokenLogProbs', () => {
  const softened = (row: number[], temperature: number): number[] =>
    f64.softmaxOf(row.map((v) => v / temperature));

  it.each([1, 0.7])('logp and entropy at temperature %d', (temperature) => {
    const targets = Int32Array.of(2, 0, 6, 2);
    expectNormal({
      shapes: [[4, 7], [4], [4]],
      forward: (logits, a, b) => {
        const { logp, entropy } = t.tokenLogProbs({
          logits,
          targets: t.tensor(targets),
          temperature,
        });
        return t.add(t.mul(logp, a), t.mul(entropy, b));
      },
      reference: (logits, a, b) =>
        f64.elements([4], (r) => {
          const p = softened([...logits.data.subarray(7 * r, 7 * r + 7)], temperature);
          const entropy = -f64.total(p.map((x) => x * Math.log(x)));
          return Math.log(p[targets[r]!]!) * a.data[r]! + entropy * b.data[r]!;
        }),
    });
  });

  it.each(['logp', 'entropy'] as const)('%s alone', (which) => {
    const targets = Int32Array.of(2, 0);
    expectNormal({
      shapes: [[2, 5]],
      forward: (logits) => t.tokenLogProbs({ logits, targets: t.tensor(targets) })[which],
      reference: (logits) =>
        f64.elements([2], (r) => {
          const p = softened([...logits.data.subarray(5 * r, 5 * r + 5)], 1);
          return which === 'logp'
            ? Math.log(p[targets[r]!]!)
            : -f64.total(p.map((x) => x * Math.log(x)));
        }),
    });
  });
});

describe('causalAttention', () => {
  it('packed sequences, grouped queries, own scale', () => {
    const [T, H, Hkv, D] = [7, 4, 2, 3];
    const offsets = Int32Array.of(0, 3, 3, 7);
    const scale = 0.4;
    const first = (i: number): number => (i < 3 ? 0 : 3);
    expectGradients({
      leaves: leavesOf([
        [T, H, D],
        [T, Hkv, D],
        [T, Hkv, D],
      ]),
      forward: (q, k, v) => t.causalAttention(q, k, v, t.tensor(offsets), scale).y,
      reference: (q, k, v) => {
        const rowOf = (at: number, h: number): number[] => {
          const key = (j: number): number => (j * Hkv + (h >> 1)) * D;
          const keys = Array.from({ length: at - first(at) + 1 }, (_, j) => key(first(at) + j));
          const dot = (from: number): number =>
            f64.total([0, 1, 2].map((d) => q.data[(at * H + h) * D + d]! * k.data[from + d]!));
          const p = f64.softmaxOf(keys.map((from) => scale * dot(from)));
          return [0, 1, 2].map((d) => f64.total(p.map((w, j) => w * v.data[keys[j]! + d]!)));
        };
        const list = Array.from({ length: T * H }, (_, i) => rowOf(Math.floor(i / H), i % H));
        return { data: Float64Array.from(list.flat()), shape: [T, H, D] };
      },
    });
  });

  it('scales by 1 / sqrt(D) when nothing is said', () => {
    t.scope(() => {
      const [q, k, v] = leavesOf([
        [2, 1, 4],
        [2, 1, 4],
        [2, 1, 4],
      ]).map(({ data, shape }) => t.tensor(data, shape));
      const offsets = t.tensor(Int32Array.of(0, 2));
      const given = t.causalAttention(q!, k!, v!, offsets, 0.5);
      expect(t.causalAttention(q!, k!, v!, offsets).y.f32).toEqual(given.y.f32);
    });
  });
});
