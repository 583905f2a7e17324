import { keep, RandomStream, type Tensor } from '@anacrusis/tensor';
import type { Qwen3Config } from './config.js';
import { EMBEDDING, parameterShapes } from './parameter-shapes.js';

/** Standard deviations of the first weights; norm weights are 1. */
export interface InitOptions {
  /** Embedding table, and the head where it is untied; 0.06 when left out. */
  embeddingStd?: number;
  /** Projections out of the residual stream: this / sqrt(fan_in); 1 when left out. */
  inputGain?: number;
  /** Projections into the residual stream (o and down): this / sqrt(fan_in); 0.1 when left out. */
  outputGain?: number;
}

/** First weights, each from a stream of its own: those of one layer do not depend on another's. */
export function randomParameters(
  config: Qwen3Config,
  seed: number,
  { embeddingStd = 0.06, inputGain = 1, outputGain = 0.1 }: InitOptions = {},
): Map<string, Tensor> {
  const std = (name: string, fanIn: number): number => {
    if (name === EMBEDDING || name.startsWith('lm_head')) return embeddingStd;
    const gain = /(o|down)_proj/.test(name) ? outputGain : inputGain;
    return gain / Math.sqrt(fanIn);
  };
  const parameters = new Map<string, Tensor>();
  for (const [name, shape] of parameterShapes(config)) {
    const stream = new RandomStream(seed, `init/${name}`);
    const isNorm = shape.length === 1;
    const values = isNorm
      ? stream.normal(shape, 1, 0)
      : stream.normal(shape, 0, std(name, shape[1]!));
    parameters.set(name, keep(values));
  }
  return parameters;
}
