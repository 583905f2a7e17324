import { ConfigError, inWords } from './config-error.js';
import { ConfigReader } from './config-reader.js';

/** Sizes and constants of a Qwen3 model. */
export interface Qwen3Sizes {
  /** V */
  vocabSize: number;
  /** width of the residual stream */
  hiddenSize: number;
  /** width of the feed-forward layer */
  intermediateSize: number;
  /** L */
  numHiddenLayers: number;
  /** H, a multiple of `numKeyValueHeads` */
  numAttentionHeads: number;
  /** Hkv */
  numKeyValueHeads: number;
  /** D, even; H * D need not be `hiddenSize` */
  headDim: number;
  /** longest sequence that the model is meant for; not enforced, as in `transformers` */
  maxPositionEmbeddings: number;
  rmsNormEps: number;
  ropeTheta: number;
  /** whether the output head is the embedding table */
  tieWordEmbeddings: boolean;
}

export interface Qwen3Config extends Readonly<Qwen3Sizes> {
  /** All keys of config.json, known or not; they are written back as they came. */
  readonly json: Readonly<Record<string, unknown>>;
}

const ARCHITECTURE = 'Qwen3ForCausalLM';

/** The config of a new model. @throws ConfigError for a size that makes no sense. */
export function qwen3Config(sizes: Qwen3Sizes): Qwen3Config {
  const json = {
    architectures: [ARCHITECTURE],
    attention_bias: false,
    attention_dropout: 0,
    dtype: 'float32',
    head_dim: sizes.headDim,
    hidden_act: 'silu',
    hidden_size: sizes.hiddenSize,
    intermediate_size: sizes.intermediateSize,
    max_position_embeddings: sizes.maxPositionEmbeddings,
    model_type: 'qwen3',
    num_attention_heads: sizes.numAttentionHeads,
    num_hidden_layers: sizes.numHiddenLayers,
    num_key_value_heads: sizes.numKeyValueHeads,
    rms_norm_eps: sizes.rmsNormEps,
    rope_scaling: null,
    rope_theta: sizes.ropeTheta,
    sliding_window: null,
    tie_word_embeddings: sizes.tieWordEmbeddings,
    torch_dtype: 'float32',
    use_cache: true,
    use_sliding_window: false,
    vocab_size: sizes.vocabSize,
  };
  return parseQwen3Config(json, 'qwen3Config');
}

/**
 * Reads what `config.json` says. Absent keys mean what they mean in `transformers`; variants of the
 * architecture with other arithmetic are refused.
 * @param file named in errors
 * @throws ConfigError naming file, key, expected and received
 */
export function parseQwen3Config(json: unknown, file = 'config.json'): Qwen3Config {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ConfigError('corrupt', file, 'config', 'an object', inWords(json));
  }
  const read = new ConfigReader(json as Record<string, unknown>, file);
  refuseVariants(read);
  const numAttentionHeads = read.count('num_attention_heads');
  const config: Qwen3Config = {
    vocabSize: read.count('vocab_size'),
    hiddenSize: read.count('hidden_size'),
    intermediateSize: read.count('intermediate_size'),
    numHiddenLayers: read.count('num_hidden_layers'),
    numAttentionHeads,
    numKeyValueHeads:
      read.value('num_key_value_heads') === null
        ? numAttentionHeads
        : read.count('num_key_value_heads'),
    headDim: read.count('head_dim', 128),
    maxPositionEmbeddings: read.count('max_position_embeddings', 32768),
    rmsNormEps: read.number('rms_norm_eps', 1e-30, 1e-6),
    ropeTheta: ropeTheta(read),
    tieWordEmbeddings: read.flag('tie_word_embeddings'),
    json: { ...json },
  };
  checkTogether(config, read);
  return config;
}

function checkTogether(config: Qwen3Config, read: ConfigReader): void {
  const { numAttentionHeads, numKeyValueHeads, headDim, numHiddenLayers } = config;
  if (headDim % 2 !== 0) read.refuse('head_dim', 'an even number', headDim);
  if (numAttentionHeads % numKeyValueHeads !== 0) {
    read.refuse(
      'num_key_value_heads',
      `a divisor of ${numAttentionHeads} query heads`,
      numKeyValueHeads,
    );
  }
  const types = read.value('layer_types');
  if (Array.isArray(types) && types.length !== numHiddenLayers) {
    read.refuse('layer_types', `${numHiddenLayers} entries`, types.length);
  }
}

/** Everything that would make another model of it. */
function refuseVariants(read: ConfigReader): void {
  read.only('model_type', ['qwen3']);
  read.only('hidden_act', ['silu', undefined]);
  for (const key of ['attention_bias', 'use_sliding_window']) read.only(key, [false, undefined]);
  read.only('attention_dropout', [0, undefined]);
  for (const key of ['num_experts', 'num_local_experts', 'quantization_config']) {
    read.only(key, [undefined, null, 0]);
  }
  for (const key of ['dtype', 'torch_dtype']) {
    read.only(key, ['float32', 'bfloat16', 'float16', null, undefined]);
  }
  const architectures = read.value('architectures') ?? [ARCHITECTURE];
  if (!Array.isArray(architectures) || !architectures.includes(ARCHITECTURE)) {
    read.refuse('architectures', `a list with ${ARCHITECTURE}`, architectures, 'version');
  }
  const types = read.value('layer_types') ?? [];
  if (!Array.isArray(types) || types.some((type) => type !== 'full_attention')) {
    read.refuse('layer_types', 'full_attention only', types, 'version');
  }
}

/** `rope_theta` at the top (published models) or in `rope_parameters` (transformers 5). */
function ropeTheta(read: ConfigReader): number {
  for (const key of ['rope_scaling', 'rope_parameters']) {
    const scaling = read.within(key);
    if (!scaling) continue;
    const type = scaling.value('rope_type') ?? scaling.value('type') ?? 'default';
    if (type !== 'default') scaling.refuse('rope_type', 'default', type, 'version');
    scaling.only('partial_rotary_factor', [1, undefined]);
  }
  const top = read.number('rope_theta', 1, NaN);
  const inner = read.within('rope_parameters')?.number('rope_theta', 1, NaN) ?? NaN;
  if (!Number.isNaN(top) && !Number.isNaN(inner) && top !== inner) {
    read.refuse('rope_theta', `${inner} as in rope_parameters`, top);
  }
  if (!Number.isNaN(inner)) return inner;
  return Number.isNaN(top) ? 10_000 : top;
}
