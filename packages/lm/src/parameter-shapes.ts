import type { Qwen3Config } from './config.js';

/** Names that Hugging Face gives to the parameters outside the layers. */
export const EMBEDDING = 'model.embed_tokens.weight';
export const FINAL_NORM = 'model.norm.weight';
export const HEAD = 'lm_head.weight';

/** The parameters of one layer with their shapes, by the last part of their names. */
function layerShapes(config: Qwen3Config): Record<string, number[]> {
  const { hiddenSize, intermediateSize, headDim } = config;
  const queries = config.numAttentionHeads * headDim;
  const keys = config.numKeyValueHeads * headDim;
  return {
    'self_attn.q_proj': [queries, hiddenSize],
    'self_attn.k_proj': [keys, hiddenSize],
    'self_attn.v_proj': [keys, hiddenSize],
    'self_attn.o_proj': [hiddenSize, queries],
    'self_attn.q_norm': [headDim],
    'self_attn.k_norm': [headDim],
    'mlp.gate_proj': [intermediateSize, hiddenSize],
    'mlp.up_proj': [intermediateSize, hiddenSize],
    'mlp.down_proj': [hiddenSize, intermediateSize],
    input_layernorm: [hiddenSize],
    post_attention_layernorm: [hiddenSize],
  };
}

/** Full name of a layer's parameter. */
export const layerName = (layer: number, part: string): string =>
  `model.layers.${layer}.${part}.weight`;

/** Every parameter's name and shape, in the order of `named_parameters()`; matrices are [out, in]. */
export function parameterShapes(config: Qwen3Config): Map<string, number[]> {
  const shapes = new Map([[EMBEDDING, [config.vocabSize, config.hiddenSize]]]);
  const layer = Object.entries(layerShapes(config));
  for (let i = 0; i < config.numHiddenLayers; i++) {
    for (const [part, shape] of layer) shapes.set(layerName(i, part), shape);
  }
  shapes.set(FINAL_NORM, [config.hiddenSize]);
  if (!config.tieWordEmbeddings) shapes.set(HEAD, [config.vocabSize, config.hiddenSize]);
  return shapes;
}
