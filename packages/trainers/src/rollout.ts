import type { TextTask } from '@anacrusis/envs';
import { generate, type Qwen3Model } from '@anacrusis/lm';

/** One sampled response and its verdict. */
export interface Rollout<Problem> {
  problem: Problem;
  prompt: Int32Array;
  /** Response tokens, the end token included when it came. */
  tokens: Int32Array;
  /** Log-probability of each token at the sampling temperature, by the sampler. */
  logps: Float32Array;
  text: string;
  reward: number;
}

export interface RolloutOptions {
  /** Responses per problem. */
  samples: number;
  seed: number;
  /** Number of the first random stream; response i uses `firstStream + i`. */
  firstStream: number;
  temperature: number;
  maxNewTokens: number;
  greedy?: boolean;
}

/** Samples responses to every problem and scores them; the responses of a problem stand together. */
export function rollout<Problem>(
  model: Qwen3Model,
  task: TextTask<Problem>,
  problems: readonly Problem[],
  options: RolloutOptions,
): Rollout<Problem>[] {
  const { samples, seed, firstStream, temperature, maxNewTokens, greedy = false } = options;
  const stop = task.encode(task.endToken);
  const asked = problems.flatMap((problem) => {
    const prompt = Int32Array.from(task.encode(task.prompt(problem)));
    return Array.from({ length: samples }, () => ({ problem, prompt }));
  });
  const requests = asked.map(({ prompt }, i) => ({
    prompt,
    maxNewTokens,
    stop,
    seedStream: firstStream + i,
  }));
  const responses = generate(model, requests, { seed, temperature, greedy });
  return responses.map(({ tokens, logps }, i) => {
    const { problem, prompt } = asked[i]!;
    const text = task.decode(tokens);
    return { problem, prompt, tokens, logps, text, reward: task.score(problem, text).reward };
  });
}
