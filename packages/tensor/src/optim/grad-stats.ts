import { checkNames } from '@anacrusis/native';
import { empty } from '../create.js';
import { opsOf } from '../device.js';
import { argument, kindOf } from '../expect.js';
import { expectTensor } from '../expect-tensor.js';
import type { Tensor } from '../tensor.js';

export interface GradStatsInput {
  /** One gradient per layer; one axis or none counts as rows of one element. */
  grads: readonly Tensor[];
  /** The axis that counts the neurons, for all layers or one each: 0 (rows, output channels) when left out, 1 for
   * columns and input channels. */
  axis?: number | readonly number[] | undefined;
  /** Thresholds: a neuron whose score is at most tau is dormant. */
  tau?: readonly number[] | undefined;
  /** Quantiles of the scores that are wanted, in [0, 1]. */
  quantiles?: readonly number[] | undefined;
}

/** Statistics of a list of gradients, one layer each. */
export interface GradStats {
  /** Mean |gradient| of each neuron, per layer: [neurons]. */
  perNeuron: Tensor[];
  /** Mean |gradient| of each layer. */
  perLayer: number[];
  /** perNeuron / perLayer, per layer: [neurons]; 0 in a layer of zeros. */
  scores: Tensor[];
  /** Dormant neurons per layer and threshold. */
  dormant: number[][];
  /** Quantiles of the scores per layer, linear between the nearest; NaN in a layer without neurons. */
  layerQuantiles: number[][];
  /** Quantiles of the scores of all layers. */
  allQuantiles: number[];
  /** L2 norm of each layer. */
  norms: number[];
  /** Largest |gradient| of each layer. */
  largest: number[];
  /** Elements of each layer that are NaN or infinite. */
  nonFinite: number[];
}

const op = 'gradStats';
const names = new Set(['grads', 'axis', 'tau', 'quantiles']);
const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);

/** [outer, neurons, inner] of each gradient. */
function viewsOf({ grads, axis = 0 }: GradStatsInput): [number, number, number][] {
  if (!Array.isArray(grads)) {
    throw argument(op, 'grads', 'a list of tensors', kindOf(grads), 'ERR_TYPE');
  }
  const list: readonly Tensor[] = grads;
  if (typeof axis !== 'number' && axis.length !== list.length) {
    throw argument(
      op,
      'axis',
      `a number, or one for each of ${list.length} layers`,
      `${axis.length}`,
    );
  }
  return list.map((grad, i) => {
    expectTensor(op, `grads[${i}]`, grad, 'f32');
    const shape = grad.shape.length > 0 ? grad.shape : [1];
    const at = typeof axis === 'number' ? axis : axis[i]!;
    if (!(Number.isInteger(at) && at >= 0 && at < shape.length)) {
      const parameter = typeof axis === 'number' ? 'axis' : `axis[${i}]`;
      throw argument(op, parameter, `an axis of grads[${i}], 0 to ${shape.length - 1}`, String(at), 'ERR_RANGE'); // prettier-ignore
    }
    return [product(shape.slice(0, at)), shape[at]!, product(shape.slice(at + 1))];
  });
}

function chunks(list: ArrayLike<number>, size: number, count: number): number[][] {
  const all = Array.from(list);
  return Array.from({ length: count }, (_, i) => all.slice(i * size, (i + 1) * size));
}

/**
 * Mean |gradient| per neuron and layer, scores and dormant neurons (GraMa, 2505.24061, eq. 2, on parameters), and what else the
 * same read gives. A NaN gradient makes what it enters NaN.
 * @throws ArgumentError for anything but f32 tensors, an axis that a gradient has not, a quantile outside of [0, 1]
 */
export function gradStats(input: GradStatsInput): GradStats {
  checkNames(op, names, input);
  const views = viewsOf(input);
  const { grads } = input;
  const tau = Float64Array.from(input.tau ?? []);
  const quantile = Float64Array.from(input.quantiles ?? []);
  const K = grads.length;
  const R = views.reduce((total, [, neurons]) => total + neurons, 0);
  const [like] = grads;
  using perNeuron = empty([R], 'f32', like);
  using scores = empty([R], 'f32', like);
  using perLayer = empty([K], 'f64', like);
  using dormant = empty([K * tau.length], 'i32', like);
  using layerQuantiles = empty([K * quantile.length], 'f64', like);
  using allQuantiles = empty([quantile.length], 'f64', like);
  using norms = empty([K], 'f64', like);
  using nonFinite = empty([K], 'f64', like);
  using largest = empty([K], 'f32', like);
  opsOf(op, grads).grad_stats({
    ...{ K, R, n_tau: tau.length, n_quantiles: quantile.length, tau, quantile, half: 'bf16' },
    grads: grads.map(({ raw }) => raw),
    outer: Int32Array.from(views, ([outer]) => outer),
    neurons: Int32Array.from(views, ([, neurons]) => neurons),
    inner: Int32Array.from(views, ([, , inner]) => inner),
    ...{ per_neuron: perNeuron.raw, per_layer: perLayer.raw, normalized: scores.raw },
    ...{ dormant: dormant.raw, layer_quantiles: layerQuantiles.raw },
    ...{ all_quantiles: allQuantiles.raw, norm: norms.raw, nonfinite: nonFinite.raw },
    largest: largest.raw,
  });
  const perLayerOf = (all: Tensor): Tensor[] => {
    let at = 0;
    return views.map(([, count]) => all.alias([count], (at += count) - count));
  };
  return {
    ...{ perNeuron: perLayerOf(perNeuron), scores: perLayerOf(scores) },
    ...{ perLayer: [...perLayer.read()], norms: [...norms.read()] },
    ...{ largest: [...largest.read()], nonFinite: [...nonFinite.read()] },
    dormant: chunks(dormant.read(), tau.length, K),
    layerQuantiles: chunks(layerQuantiles.read(), quantile.length, K),
    allQuantiles: [...allQuantiles.read()],
  };
}
