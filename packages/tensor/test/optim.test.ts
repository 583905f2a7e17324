import { ArgumentError, DisposedError } from '@anacrusis/native';
import { Random } from '@anacrusis/testing';
import * as t from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';

interface Settings {
  lr: number;
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
}

/** 1711.05101, algorithm 2, as torch.optim.AdamW computes it, in float64; one parameter. */
class Reference {
  readonly m: Float64Array;
  readonly v: Float64Array;
  constructor(readonly p: Float64Array) {
    this.m = new Float64Array(p.length);
    this.v = new Float64Array(p.length);
  }

  step(grad: ArrayLike<number>, count: number, decays: boolean, s: Settings): void {
    for (let i = 0; i < this.p.length; i++) {
      const g = grad[i]!;
      if (decays) this.p[i]! *= 1 - s.lr * s.weightDecay;
      this.m[i] = s.beta1 * this.m[i]! + (1 - s.beta1) * g;
      this.v[i] = s.beta2 * this.v[i]! + (1 - s.beta2) * g * g;
      const mean = this.m[i]! / (1 - s.beta1 ** count);
      const root = Math.sqrt(this.v[i]! / (1 - s.beta2 ** count));
      this.p[i]! -= (s.lr * mean) / (root + s.eps);
    }
  }
}

const shapes: Record<string, number[]> = {
  weight: [5, 7],
  bias: [7],
  gain: [3, 3],
  late: [2, 3],
  never: [4, 2],
};

function parametersOf(random: Random): Map<string, t.Tensor> {
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const parameter = t.tensor(random.f32(shape.reduce((a, b) => a * b, 1)), shape);
      parameter.requiresGrad = true;
      return [name, parameter];
    }),
  );
}

const largestError = (got: ArrayLike<number>, want: Float64Array): number =>
  want.reduce((most, x, i) => Math.max(most, Math.abs(got[i]! - x)), 0);

describe('AdamW', () => {
  it('follows the float64 reference for 20 steps: decay mask, changing rate, gradients that are missing', () => {
    t.scope(() => {
      const random = new Random(3);
      const parameters = parametersOf(random);
      const settings: Settings = {
        lr: 0.02,
        beta1: 0.85,
        beta2: 0.97,
        eps: 1e-6,
        weightDecay: 0.3,
      };
      const optimizer = new t.AdamW(parameters, {
        lr: 1,
        betas: [0.85, 0.97],
        eps: 1e-6,
        weightDecay: 0.3,
        decays: (name) => name !== 'gain' && name !== 'bias',
      });
      const references = new Map(
        [...parameters].map(([name, p]) => [name, new Reference(Float64Array.from(p.f32))]),
      );
      for (let step = 1; step <= 20; step++) {
        optimizer.lr = settings.lr = 0.02 / step;
        optimizer.zeroGrad();
        const scale = 0.5 + random.uniform();
        for (const [name, parameter] of parameters) {
          if (name === 'never' || (name === 'late' && step < 8)) continue;
          const gradient = t.tensor(random.f32(parameter.size), parameter.shape);
          t.backward(t.sum(t.mul(parameter, gradient)));
          const scaled = Float64Array.from(gradient.f32, (g) => g * scale);
          const decays = name === 'weight' || name === 'late';
          references.get(name)!.step(scaled, step, decays, settings);
        }
        optimizer.step(scale);
      }
      for (const [name, parameter] of parameters) {
        // 20 updates, each rounded to half a unit in the last place of values below 4: 20 * 2.4e-7.
        expect(largestError(parameter.f32, references.get(name)!.p), name).toBeLessThan(5e-6);
        const { m, v } = optimizer.state().moments.get(name)!;
        expect(largestError(m, references.get(name)!.m), name).toBeLessThan(2e-6);
        expect(largestError(v, references.get(name)!.v), name).toBeLessThan(2e-6);
      }
      expect(optimizer.stepsTaken).toBe(20);
      optimizer.dispose();
    });
  });

  it('by default decays what has two axes, with 0.9, 0.999 and 1e-8', () => {
    t.scope(() => {
      const make = (options: Partial<t.AdamWOptions>): number[] => {
        const parameters = parametersOf(new Random(3));
        const optimizer = new t.AdamW(parameters, { lr: 0.1, weightDecay: 0.5, ...options });
        for (const p of parameters.values()) t.backward(t.sum(t.square(p)));
        optimizer.step();
        optimizer.dispose();
        return [...parameters.values()].flatMap((p) => [...p.f32]);
      };
      const decays = (name: string): boolean => name !== 'bias';
      expect(make({})).toEqual(make({ betas: [0.9, 0.999], eps: 1e-8, decays }));
      expect(make({})).not.toEqual(make({ decays: () => true }));
    });
  });

  it('goes on bit for bit from a state', () => {
    t.scope(() => {
      const run = (optimizer: t.AdamW, parameters: Map<string, t.Tensor>, steps: number): void => {
        for (let i = 0; i < steps; i++) {
          optimizer.zeroGrad();
          t.backward(t.sum(t.square(t.tanh(parameters.get('weight')!))));
          optimizer.step();
        }
      };
      const make = (): [t.AdamW, Map<string, t.Tensor>] => {
        const parameters = parametersOf(new Random(3));
        return [new t.AdamW(parameters, { lr: 0.1, weightDecay: 0.1 }), parameters];
      };
      const [whole, expected] = make();
      run(whole, expected, 7);
      const [first, middle] = make();
      run(first, middle, 3);
      const [second, resumed] = make();
      second.load(structuredClone(first.state()));
      for (const [name, p] of resumed) p.f32.set(middle.get(name)!.f32);
      run(second, resumed, 4);
      expect(resumed.get('weight')!.f32).toEqual(expected.get('weight')!.f32);
      for (const optimizer of [whole, first, second]) optimizer.dispose();
    });
  });

  it('refuses bad options, parameters and states, and stays as it was', () => {
    t.scope(() => {
      const parameters = new Map([['w', t.full([2, 3], 1)]]);
      const refused = (body: () => unknown, parameter: string): void => {
        expect(body).toThrow(ArgumentError);
        expect(body).toThrow(expect.objectContaining({ parameter }));
      };
      refused(() => new t.AdamW(new Map([['ids', t.zeros([2], 'i32')]]), { lr: 1 }), 'ids');
      refused(() => new t.AdamW(new Map([['w', [1, 2]]]) as never, { lr: 1 }), 'w');
      for (const [options, parameter] of [
        [{ lr: NaN }, 'lr'],
        [{ lr: -1 }, 'lr'],
        [{}, 'lr'],
        [{ lr: 1, betas: [1, 0.9] }, 'betas[0]'],
        [{ lr: 1, betas: [0.9, 1] }, 'betas[1]'],
        [{ lr: 1, eps: 0 }, 'eps'],
        [{ lr: 1, weightDecay: -1 }, 'weightDecay'],
      ] as [t.AdamWOptions, string][]) {
        refused(() => new t.AdamW(parameters, options), parameter);
      }
      const careless = new t.AdamW(parameters, { lr: 1 });
      parameters.get('w')!.grad = t.full([2, 3], 1);
      refused(() => careless.step(NaN), 'gradScale');
      careless.lr = NaN;
      refused(() => careless.step(), 'lr');
      expect(careless.stepsTaken).toBe(0);
      expect([...parameters.get('w')!.f32]).toEqual(Array(6).fill(1));
      careless.dispose();
      const optimizer = new t.AdamW(parameters, { lr: 1 });
      const short = { m: new Float32Array(5), v: new Float32Array(6) };
      refused(() => optimizer.load({ step: 1, moments: new Map([['w', short]]) }), 'w');
      refused(() => optimizer.load({ step: 1, moments: new Map() }), 'w');
      const whole = { m: new Float32Array(6), v: new Float32Array(6) };
      refused(() => optimizer.load({ step: -1, moments: new Map([['w', whole]]) }), 'step');
      expect(optimizer.state().step).toBe(0);
      parameters.get('w')!.dispose();
      expect(() => new t.AdamW(parameters, { lr: 1 })).toThrow(DisposedError);
      optimizer.dispose();
    });
  });
});

describe('gradient norm', () => {
  const three = (): t.Tensor[] =>
    [[2, 3], [4], [2]].map((shape, i) => {
      const p = t.full(shape, 1);
      if (i < 2) p.grad = t.keep(t.tensor(new Random(i + 1).f32(p.size, 3), shape));
      return p;
    });

  it('is the root of the sum of all squares; clipping reaches maxNorm and no less', () => {
    t.scope(() => {
      const parameters = three();
      const before = parameters.flatMap(({ grad }) => (grad ? [...grad.f32] : []));
      const want = Math.sqrt(before.reduce((sum, g) => sum + g * g, 0));
      // Summed in float64: only the float32 data round.
      expect(t.gradNorm(parameters)).toBeCloseTo(want, 12);
      expect(t.clipGradNorm(parameters, want * 1.001)).toBeCloseTo(want, 12);
      expect(parameters.flatMap(({ grad }) => (grad ? [...grad.f32] : []))).toEqual(before);
      expect(t.clipGradNorm(parameters, want / 3)).toBeCloseTo(want, 12);
      // Ten elements, each rounded to 6e-8 of itself.
      expect(Math.abs(t.gradNorm(parameters) / (want / 3) - 1)).toBeLessThan(1e-7);
      expect(parameters[2]!.grad).toBeNull();
    });
  });

  it('clipFactor', () => {
    expect([t.clipFactor(4, 2), t.clipFactor(2, 2), t.clipFactor(0, 2)]).toEqual([0.5, 1, 1]);
    expect(t.gradNorm([])).toBe(0);
  });

  it('a gradient that is not finite is seen, and not spread by clipping', () => {
    t.scope(() => {
      const parameters = three();
      parameters[0]!.grad!.f32[2] = NaN;
      const kept = parameters[1]!.grad!.f32[0];
      expect(t.clipGradNorm(parameters, 1)).toBeNaN();
      expect(t.clipFactor(NaN, 1)).toBeNaN();
      expect(parameters[1]!.grad!.f32[0]).toBe(kept);
      for (const bad of [NaN, -1, '1', undefined]) {
        expect(() => t.clipGradNorm(parameters, bad as number)).toThrow(
          expect.objectContaining({ parameter: 'maxNorm' }),
        );
        expect(() => t.clipFactor(1, bad as number)).toThrow(
          expect.objectContaining({ parameter: 'maxNorm' }),
        );
      }
    });
  });
});

describe('gradStats', () => {
  it('is the mean |gradient| per row and per layer (2505.24061)', () => {
    t.scope(() => {
      const layers = [[3, 2, 2], [2], [2, 5], [0, 3]].map((shape, i) =>
        t.tensor(new Random(i + 1).f32(shape.reduce((a, b) => a * b, 1)), shape),
      );
      const { perNeuron, perLayer } = t.gradStats({ grads: layers });
      layers.forEach((layer, k) => {
        const [rows] = layer.shape as [number];
        const magnitudes = Array.from(layer.f32, Math.abs);
        const mean = (list: number[]): number =>
          list.reduce((a, b) => a + b, 0) / (list.length || 1);
        expect(perLayer[k]).toBeCloseTo(mean(magnitudes), 6);
        expect(perNeuron[k]!.shape).toEqual([rows]);
        const width = rows === 0 ? 0 : layer.size / rows;
        perNeuron[k]!.f32.forEach((value, row) => {
          expect(value).toBeCloseTo(mean(magnitudes.slice(row * width, (row + 1) * width)), 6);
        });
      });
    });
  });

  it('takes columns and channels for neurons, and counts the dormant ones', () => {
    t.scope(() => {
      // columns: means 1, 3, 0 and 4 of [[1, -2, 0, 4], [1, 4, 0, -4]], scores 0.5, 1.5, 0, 2
      const matrix = t.tensor(Float32Array.of(1, -2, 0, 4, 1, 4, 0, -4), [2, 4]);
      // input channels of [out 1, in 2, 1, 2]: means 2 and 6
      const convolution = t.tensor(Float32Array.of(1, 3, 5, -7), [1, 2, 1, 2]);
      const settings = { tau: [0, 0.5], quantiles: [0.5] };
      const stats = t.gradStats({ grads: [matrix, convolution], axis: 1, ...settings });
      expect(stats.perLayer).toEqual([2, 4]);
      expect(stats.scores.map(({ f32 }) => [...f32])).toEqual([
        [0.5, 1.5, 0, 2],
        [0.5, 1.5],
      ]);
      expect(stats.dormant).toEqual([
        [1, 2],
        [0, 1],
      ]);
      expect(stats.layerQuantiles).toEqual([[1], [1]]);
      expect(stats.allQuantiles).toEqual([1]);
      expect(stats.largest).toEqual([4, 7]);
      expect(stats.norms[1]).toBeCloseTo(Math.sqrt(84), 12);
      matrix.f32[3] = NaN;
      const broken = t.gradStats({ grads: [matrix, convolution], axis: [0, 1], ...settings });
      expect(broken.nonFinite).toEqual([1, 0]);
      expect(broken.dormant).toEqual([
        [0, 0],
        [0, 1],
      ]);
      expect(broken.largest[0]).toBeNaN();
    });
  });
});
