import { checkRequest, type GenerationRequest } from './generation-request.js';
import type { Qwen3Model } from './model.js';
import { Generator, type GenerationResponse, type GeneratorOptions } from './generator.js';

export interface GenerationProgress {
  finished: number;
  requests: number;
  /** Tokens sampled so far. */
  tokens: number;
  tokensPerSecond: number;
}

export interface GenerateOptions extends Omit<GeneratorOptions, 'maxLength'> {
  /** Called after every pass. */
  onProgress?: (progress: GenerationProgress) => void;
}

/**
 * Samples a response to every request. A response depends on the weights, its prompt, the seed and
 * its stream only: not on the other requests, their order, `slots` or `rowBudget`.
 * @returns the responses in the order of the requests
 * @throws ArgumentError for a request that makes no sense; nothing is sampled then
 */
export function generate(
  model: Qwen3Model,
  requests: readonly GenerationRequest[],
  options: GenerateOptions = {},
): GenerationResponse[] {
  const { onProgress, onToken, ...settings } = options;
  for (const request of requests) checkRequest(request, model.config.vocabSize);
  const started = performance.now();
  const lengths = requests.map(({ prompt, maxNewTokens }) => prompt.length + maxNewTokens);
  const maxLength = lengths.reduce((longest, length) => Math.max(longest, length), 1);
  const slots = settings.slots ?? Math.max(1, Math.min(128, requests.length));
  const idOf = (i: number): number | string => requests[i]!.id ?? i;
  const generator = new Generator(model, {
    ...{ ...settings, slots, maxLength },
    ...(onToken && { onToken: (i, token, logp) => onToken(idOf(i as number), token, logp) }),
  });
  try {
    requests.forEach((request, i) => generator.submit({ ...request, id: i }));
    return run();
  } finally {
    generator.dispose();
  }

  function run(): GenerationResponse[] {
    const responses: GenerationResponse[] = [];
    let finished = 0;
    while (generator.active > 0) {
      for (const response of generator.step()) {
        const at = response.id as number;
        responses[at] = { ...response, id: idOf(at) };
        finished++;
      }
      const tokens = generator.sampledTokens;
      const tokensPerSecond = (tokens * 1000) / (performance.now() - started);
      onProgress?.({ finished, requests: requests.length, tokens, tokensPerSecond });
    }
    return responses;
  }
}
