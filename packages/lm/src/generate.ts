import type { Qwen3Model } from './model.js';
import {
  Generator,
  type GenerationRequest,
  type GenerationResponse,
  type GeneratorOptions,
} from './generator.js';

export interface GenerationProgress {
  finished: number;
  requests: number;
  /** Tokens sampled so far. */
  tokens: number;
  seconds: number;
}

export interface GenerateOptions extends Omit<GeneratorOptions, 'maxLength'> {
  /** Called after every pass. */
  onProgress?: (progress: GenerationProgress) => void;
}

export interface Generation {
  /** In the order of the requests. */
  responses: GenerationResponse[];
  /** Tokens sampled. */
  tokens: number;
  seconds: number;
  tokensPerSecond: number;
}

/**
 * Samples a response to every request. A response depends on the weights, its prompt, the seed and
 * its stream only: not on the other requests, their order, `slots` or `rowBudget`.
 * @throws ArgumentError for a request that makes no sense; nothing is sampled then
 */
export function generate(
  model: Qwen3Model,
  requests: readonly GenerationRequest[],
  options: GenerateOptions = {},
): Generation {
  const { onProgress, onToken, ...settings } = options;
  const started = performance.now();
  const lengths = requests.map(({ prompt, maxNewTokens }) => prompt.length + maxNewTokens);
  const maxLength = lengths.reduce((longest, length) => Math.max(longest, length), 1);
  const slots = settings.slots ?? Math.max(1, Math.min(256, requests.length));
  const idOf = (i: number): number | string => requests[i]!.id ?? i;
  const generator = new Generator(model, {
    ...{ ...settings, slots, maxLength },
    ...(onToken && { onToken: (i, token, logp) => onToken(idOf(i as number), token, logp) }),
  });
  requests.forEach((request, i) => generator.submit({ ...request, id: i }));
  const responses: GenerationResponse[] = [];
  const seconds = (): number => (performance.now() - started) / 1000;
  let [finished, tokens] = [0, 0];
  while (generator.active > 0) {
    for (const response of generator.step()) {
      const at = response.id as number;
      responses[at] = { ...response, id: idOf(at) };
      finished++;
    }
    tokens = generator.sampledTokens;
    onProgress?.({ finished, requests: requests.length, tokens, seconds: seconds() });
  }
  return { responses, tokens, seconds: seconds(), tokensPerSecond: tokens / seconds() };
}
