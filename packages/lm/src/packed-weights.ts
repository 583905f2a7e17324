import { empty, opsOn, type Tensor } from '@anacrusis/tensor';
import type { Buffers } from './buffers.js';
import { layerOf } from './decoder-layer.js';
import type { Qwen3Model } from './model.js';
import { EMBEDDING, FINAL_NORM, HEAD } from './parameter-shapes.js';

/** A matrix [N, K] in the layout that products with few rows want. */
export interface PackedMatrix {
  N: number;
  K: number;
  panels: number;
  packed: Tensor;
}

export interface PackedLayer {
  inputLayernorm: Tensor;
  qNorm: Tensor;
  kNorm: Tensor;
  postAttentionLayernorm: Tensor;
  /** q_proj, k_proj and v_proj one under another. */
  qkv: PackedMatrix;
  o: PackedMatrix;
  gate: PackedMatrix;
  up: PackedMatrix;
  down: PackedMatrix;
}

/** The weights of a model as sampling reads them; later changes of the model do not show. */
export interface PackedWeights {
  embedding: Tensor;
  layers: PackedLayer[];
  finalNorm: Tensor;
  head: PackedMatrix;
}

const PANEL = 16;

/** Matrices [*, K] one under another. */
function pack(buffers: Buffers, ...matrices: Tensor[]): PackedMatrix {
  const K = matrices[0]!.shape[1]!;
  const N = matrices.reduce((rows, { shape }) => rows + shape[0]!, 0);
  const panels = Math.ceil(N / PANEL);
  const packed = buffers.empty([panels, K, PANEL]);
  using weight = stacked(matrices, buffers, N, K);
  opsOn(buffers.device).pack_linear({ N, K, panels, weight: weight.raw, packed: packed.raw });
  return { N, K, panels, packed };
}

/** The matrices in one; a single one as it is. */
function stacked(matrices: Tensor[], { device }: Buffers, N: number, K: number): Tensor {
  if (matrices.length === 1) return matrices[0]!.alias([N, K]);
  const all = empty([N, K], 'f32', { device });
  let at = 0;
  for (const matrix of matrices) {
    using part = all.alias(matrix.shape, at);
    part.copyFrom(matrix);
    at += matrix.size;
  }
  return all;
}

export function packWeights(model: Qwen3Model, buffers: Buffers): PackedWeights {
  const parameters = model.parameters();
  const embedding = parameters.get(EMBEDDING)!;
  const layers = Array.from({ length: model.config.numHiddenLayers }, (_, i): PackedLayer => {
    const layer = layerOf(parameters, i);
    return {
      inputLayernorm: buffers.copy(layer.inputLayernorm),
      qNorm: buffers.copy(layer.qNorm),
      kNorm: buffers.copy(layer.kNorm),
      postAttentionLayernorm: buffers.copy(layer.postAttentionLayernorm),
      qkv: pack(buffers, layer.qProj, layer.kProj, layer.vProj),
      o: pack(buffers, layer.oProj),
      gate: pack(buffers, layer.gateProj),
      up: pack(buffers, layer.upProj),
      down: pack(buffers, layer.downProj),
    };
  });
  const head = pack(buffers, parameters.get(HEAD) ?? embedding);
  const finalNorm = buffers.copy(parameters.get(FINAL_NORM)!);
  return { embedding: buffers.copy(embedding), layers, finalNorm, head };
}
