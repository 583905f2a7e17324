import { keep } from '../scope.js';
import { zeros } from '../create.js';
import { opsOf, type RawArray } from '../device.js';
import { argument, expectNumber } from '../expect.js';
import { expectTensor } from '../expect-tensor.js';
import type { Tensor } from '../tensor.js';

export interface AdamWOptions {
  lr: number;
  /** Decay rates of the two moments; [0.9, 0.999] when left out. */
  betas?: readonly [number, number];
  eps?: number;
  /** Decoupled weight decay; 0 when left out. */
  weightDecay?: number;
  /** Whether a parameter decays; those with two axes or more when left out. */
  decays?: (name: string, parameter: Tensor) => boolean;
}

/** Moments by parameter name, and the number of steps taken. */
export interface AdamWState {
  step: number;
  moments: Map<string, { m: Float32Array; v: Float32Array }>;
}

const valuesOf = (moment: Tensor): Float32Array =>
  moment.device === 'cpu' ? moment.f32 : (moment.read() as Float32Array);

/**
 * AdamW (1711.05101, algorithm 2) as `torch.optim.AdamW` computes it; one native call for all parameters.
 * One step count serves all of them: a parameter whose first gradient comes late is corrected less.
 */
export class AdamW {
  /** Learning rate of the next step. */
  lr: number;
  #step = 0;
  readonly #names: string[];
  readonly #parameters: Tensor[];
  readonly #m: Tensor[];
  readonly #v: Tensor[];
  readonly #decay: Uint8Array;
  readonly #options: Required<Omit<AdamWOptions, 'lr' | 'decays'>>;

  /**
   * @param parameters leaves that require a gradient, by name.
   * @throws ArgumentError for an option out of range or a parameter that is no f32 tensor.
   */
  constructor(parameters: ReadonlyMap<string, Tensor>, options: AdamWOptions) {
    const { lr, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
    const decays = options.decays ?? ((_, parameter) => parameter.shape.length >= 2);
    expectNumber('AdamW', 'lr', lr, 0);
    betas.forEach((beta, i) =>
      expectNumber('AdamW', `betas[${i}]`, beta, 0, 1 - Number.EPSILON / 2),
    );
    expectNumber('AdamW', 'eps', eps, Number.MIN_VALUE);
    expectNumber('AdamW', 'weightDecay', weightDecay, 0);
    this.lr = lr;
    this.#options = { betas, eps, weightDecay };
    this.#names = [...parameters.keys()];
    this.#parameters = [...parameters.values()];
    this.#parameters.forEach((p, i) => expectTensor('AdamW', this.#names[i]!, p, 'f32'));
    opsOf('AdamW', Object.fromEntries(parameters));
    const moments = (): Tensor[] => this.#parameters.map((p) => keep(zeros(p.shape, 'f32', p)));
    this.#m = moments();
    this.#v = moments();
    this.#decay = Uint8Array.from(this.#parameters, (p, i) => (decays(this.#names[i]!, p) ? 1 : 0));
  }

  get stepsTaken(): number {
    return this.#step;
  }

  /**
   * One step with the gradients in `grad`, each times `gradScale` (clipping without another pass).
   * Parameters without a gradient are left alone.
   * @throws ArgumentError for a rate or scale that is negative or NaN; nothing has changed then.
   */
  step(gradScale = 1): void {
    expectNumber('AdamW.step', 'lr', this.lr, 0);
    expectNumber('AdamW.step', 'gradScale', gradScale, 0);
    const used = this.#parameters.flatMap((parameter, i) => (parameter.grad ? [i] : []));
    const pick = (list: Tensor[]): RawArray[] => used.map((i) => list[i]!.raw);
    const ops = opsOf('AdamW.step', { parameters: this.#parameters[0] });
    const { betas, eps, weightDecay } = this.#options;
    ops.adamw({
      K: used.length,
      params: pick(this.#parameters),
      grads: used.map((i) => this.#parameters[i]!.grad!.raw),
      m: pick(this.#m),
      v: pick(this.#v),
      decay: Uint8Array.from(used, (i) => this.#decay[i]!),
      step: this.#step + 1,
      lr: this.lr,
      ...{ beta1: betas[0], beta2: betas[1], eps, weight_decay: weightDecay },
      grad_scale: gradScale,
    });
    this.#step++;
  }

  /** Frees every gradient: the next `backward` writes new ones instead of adding to zeros. */
  zeroGrad(): void {
    for (const parameter of this.#parameters) {
      parameter.grad?.dispose();
      parameter.grad = null;
    }
  }

  /** The state: without copies of moments that are on the CPU. */
  state(): AdamWState {
    const moments = this.#names.map(
      (name, i) => [name, { m: valuesOf(this.#m[i]!), v: valuesOf(this.#v[i]!) }] as const,
    );
    return { step: this.#step, moments: new Map(moments) };
  }

  /** Copies a state in. @throws ArgumentError when a parameter is missing or of another size. */
  load(state: AdamWState): void {
    if (!Number.isSafeInteger(state.step) || state.step < 0) {
      throw argument('AdamW.load', 'step', 'an integer >= 0', String(state.step), 'ERR_RANGE');
    }
    this.#names.forEach((name, i) => {
      const size = this.#parameters[i]!.size;
      const given = state.moments.get(name);
      if (given?.m.length !== size || given.v.length !== size) {
        const received = given ? `${given.m.length} elements` : 'nothing';
        throw argument('AdamW.load', name, `moments of ${size} elements`, received);
      }
    });
    this.#names.forEach((name, i) => {
      this.#m[i]!.write(state.moments.get(name)!.m);
      this.#v[i]!.write(state.moments.get(name)!.v);
    });
    this.#step = state.step;
  }

  /** Frees the moments. */
  dispose(): void {
    for (const moment of [...this.#m, ...this.#v]) moment.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
