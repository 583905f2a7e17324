import { decoded, type FloatType } from '../floats.js';
import type { Expected, OpArgs } from '../op-cases.js';

interface Input {
  grads: (Float32Array | Uint16Array)[];
  half: FloatType;
  outer: Int32Array;
  neurons: Int32Array;
  inner: Int32Array;
  tau: Float64Array;
  quantile: Float64Array;
}

const mean = (list: ArrayLike<number>): number =>
  list.length ? Array.from(list).reduce((sum, x) => sum + x, 0) / list.length : 0;

/** numpy.quantile(list, q), method 'linear'; NaN for an empty list or one with NaN. */
function quantile(list: readonly number[], q: number): number {
  if (list.length === 0 || list.some(Number.isNaN)) return NaN;
  const sorted = [...list].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low === high ? low : low + (high - low) * (place - Math.floor(place));
}

/** Means of |g| over a neuron's parameters and over a layer's neurons (2505.24061, eq. 2), and what follows from them. */
export function gradStats(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const scores: number[][] = [];
  const out = {
    ...{ per_neuron: [] as number[], per_layer: [] as number[], normalized: [] as number[] },
    ...{ dormant: [] as number[], layer_quantiles: [] as number[], all_quantiles: [] as number[] },
    ...{ norm: [] as number[], nonfinite: [] as number[], largest: [] as number[] },
  };
  a.grads.forEach((grad, k) => {
    const g = Array.from(decoded(grad, grad instanceof Float32Array ? 'f32' : a.half));
    const [outer, neurons, inner] = [a.outer[k]!, a.neurons[k]!, a.inner[k]!];
    const means = Array.from({ length: neurons }, (_, n) => {
      const own: number[] = [];
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) own.push(Math.abs(g[(o * neurons + n) * inner + i]!));
      }
      return mean(own);
    });
    const layer = mean(means);
    scores.push(means.map((x) => (layer === 0 ? 0 : x / layer)));
    out.per_neuron.push(...means);
    out.per_layer.push(layer);
    a.tau.forEach((tau) => out.dormant.push(scores[k]!.filter((x) => x <= tau).length));
    a.quantile.forEach((q) => out.layer_quantiles.push(quantile(scores[k]!, q)));
    out.norm.push(Math.sqrt(g.reduce((sum, x) => sum + x * x, 0)));
    out.nonfinite.push(g.filter((x) => !Number.isFinite(x)).length);
    out.largest.push(g.reduce((most, x) => Math.max(most, Math.abs(x)), 0));
  });
  out.normalized = scores.flat();
  a.quantile.forEach((q) => out.all_quantiles.push(quantile(out.normalized, q)));
  return out;
}
