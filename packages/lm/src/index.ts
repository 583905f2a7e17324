export { ConfigError } from './config-error.js';
export { parseQwen3Config, qwen3Config, type Qwen3Config, type Qwen3Sizes } from './config.js';
export type { AttentionTap } from './decoder-layer.js';
export type { StoredDtype } from './float16.js';
export {
  generate,
  type GenerateOptions,
  type Generation,
  type GenerationProgress,
} from './generate.js';
export {
  Generator,
  type GenerationRequest,
  type GenerationResponse,
  type GeneratorOptions,
} from './generator.js';
export { Qwen3Model, type ForwardInput, type ForwardOutput } from './model.js';
export type { InitOptions } from './random-parameters.js';
export { loadTokenizer, Tokenizer } from './tokenizer.js';
