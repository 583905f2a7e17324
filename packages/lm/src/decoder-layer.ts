import {
  add,
  causalAttention,
  linear,
  reshape,
  rmsNorm,
  rotaryEmbedding,
  swiglu,
  type RotaryTable,
  type Tensor,
} from '@anacrusis/tensor';
import type { Qwen3Config } from './config.js';
import { layerName } from './parameter-shapes.js';

/** The parameters of one layer; matrices are [out, in]. */
export interface DecoderLayer {
  inputLayernorm: Tensor;
  qProj: Tensor;
  kProj: Tensor;
  vProj: Tensor;
  oProj: Tensor;
  qNorm: Tensor;
  kNorm: Tensor;
  postAttentionLayernorm: Tensor;
  gateProj: Tensor;
  upProj: Tensor;
  downProj: Tensor;
}

/** What the layers of one forward pass share. */
export interface LayerContext {
  config: Qwen3Config;
  rotary: RotaryTable;
  /** [T] i32, from 0 in every sequence */
  positions: Tensor;
  /** [S + 1] i32 */
  offsets: Tensor;
}

/** Queries, keys and row log-sum-exp of a layer's attention. */
export interface AttentionTap {
  /** [T, H, D] after QK-norm and RoPE */
  q: Tensor;
  /** [T, Hkv, D] after QK-norm and RoPE */
  k: Tensor;
  /** [H, T] natural log-sum-exp of the scaled scores */
  lse: Tensor;
}

export function decoderLayer(
  x: Tensor,
  layer: DecoderLayer,
  context: LayerContext,
): { y: Tensor; tap: AttentionTap } {
  const eps = context.config.rmsNormEps;
  const { y: attended, tap } = attention(rmsNorm(x, layer.inputLayernorm, eps), layer, context);
  const h = add(x, attended);
  return { y: add(h, mlp(rmsNorm(h, layer.postAttentionLayernorm, eps), layer)), tap };
}

function attention(
  x: Tensor,
  layer: DecoderLayer,
  { config, rotary, positions, offsets }: LayerContext,
): { y: Tensor; tap: AttentionTap } {
  const { headDim, rmsNormEps } = config;
  const heads = (y: Tensor): Tensor => reshape(y, [x.shape[0]!, -1, headDim]);
  const qNormed = rmsNorm(heads(linear(x, layer.qProj)), layer.qNorm, rmsNormEps);
  const kNormed = rmsNorm(heads(linear(x, layer.kProj)), layer.kNorm, rmsNormEps);
  const v = heads(linear(x, layer.vProj));
  const q = rotaryEmbedding(qNormed, positions, rotary);
  const k = rotaryEmbedding(kNormed, positions, rotary);
  const { y, lse } = causalAttention(q, k, v, offsets);
  return { y: linear(reshape(y, [x.shape[0]!, -1]), layer.oProj), tap: { q, k, lse } };
}

function mlp(x: Tensor, { gateProj, upProj, downProj }: DecoderLayer): Tensor {
  return linear(swiglu(linear(x, gateProj), linear(x, upProj)), downProj);
}

/** The parameters of layer `i` out of all. */
export function layerOf(parameters: ReadonlyMap<string, Tensor>, i: number): DecoderLayer {
  const part = (name: string): Tensor => parameters.get(layerName(i, name))!;
  return {
    inputLayernorm: part('input_layernorm'),
    qProj: part('self_attn.q_proj'),
    kProj: part('self_attn.k_proj'),
    vProj: part('self_attn.v_proj'),
    oProj: part('self_attn.o_proj'),
    qNorm: part('self_attn.q_norm'),
    kNorm: part('self_attn.k_norm'),
    postAttentionLayernorm: part('post_attention_layernorm'),
    gateProj: part('mlp.gate_proj'),
    upProj: part('mlp.up_proj'),
    downProj: part('mlp.down_proj'),
  };
}
