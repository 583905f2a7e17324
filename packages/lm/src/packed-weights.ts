import { cpu } from '@anacrusis/native';
import type { Tensor } from '@anacrusis/tensor';
import { layerOf } from './decoder-layer.js';
import type { Qwen3Model } from './model.js';
import { EMBEDDING, FINAL_NORM, HEAD } from './parameter-shapes.js';

/** A matrix [N, K] in the layout that products with few rows want. */
export interface PackedMatrix {
  N: number;
  K: number;
  panels: number;
  packed: Float32Array;
}

export interface PackedLayer {
  inputLayernorm: Float32Array;
  qNorm: Float32Array;
  kNorm: Float32Array;
  postAttentionLayernorm: Float32Array;
  /** q_proj, k_proj and v_proj one under another. */
  qkv: PackedMatrix;
  o: PackedMatrix;
  gate: PackedMatrix;
  up: PackedMatrix;
  down: PackedMatrix;
}

/** The weights of a model as sampling reads them; later changes of the model do not show. */
export interface PackedWeights {
  embedding: Float32Array;
  layers: PackedLayer[];
  finalNorm: Float32Array;
  head: PackedMatrix;
}

const PANEL = 16;

/** Matrices [*, K] one under another. */
function pack(...matrices: Tensor[]): PackedMatrix {
  const K = matrices[0]!.shape[1]!;
  const N = matrices.reduce((rows, { shape }) => rows + shape[0]!, 0);
  const weight = new Float32Array(N * K);
  let at = 0;
  for (const { f32 } of matrices) {
    weight.set(f32, at);
    at += f32.length;
  }
  const panels = Math.ceil(N / PANEL);
  const packed = new Float32Array(panels * PANEL * K);
  cpu.pack_linear({ N, K, panels, weight, packed });
  return { N, K, panels, packed };
}

export function packWeights(model: Qwen3Model): PackedWeights {
  const parameters = model.parameters();
  const embedding = parameters.get(EMBEDDING)!;
  const layers = Array.from({ length: model.config.numHiddenLayers }, (_, i): PackedLayer => {
    const layer = layerOf(parameters, i);
    return {
      inputLayernorm: layer.inputLayernorm.f32.slice(),
      qNorm: layer.qNorm.f32.slice(),
      kNorm: layer.kNorm.f32.slice(),
      postAttentionLayernorm: layer.postAttentionLayernorm.f32.slice(),
      qkv: pack(layer.qProj, layer.kProj, layer.vProj),
      o: pack(layer.oProj),
      gate: pack(layer.gateProj),
      up: pack(layer.upProj),
      down: pack(layer.downProj),
    };
  });
  const head = pack(parameters.get(HEAD) ?? embedding);
  const finalNorm = parameters.get(FINAL_NORM)!.f32.slice();
  return { embedding: embedding.f32.slice(), layers, finalNorm, head };
}
