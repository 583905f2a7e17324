import { countdown, type Countdown } from '@anacrusis/envs';
import { generate, type Tokenizer } from '@anacrusis/lm';
import type { OpenedModel } from './open-model.js';
import { UsageError } from './failure.js';

/** A prompt with the response to it, as token ids. */
export interface Exchange {
  prompt: Int32Array;
  tokens: Int32Array;
}

export interface SamplingOptions {
  seed: number;
  greedy: boolean;
  maxNewTokens: number;
  temperature: number;
}

/** Countdown, when the tokenizer is that of its vocabulary. */
export function countdownOf(tokenizer: Tokenizer): Countdown | undefined {
  const task = countdown();
  const same = task.vocabulary().every((token, id) => tokenizer.idOf(token) === id);
  return same ? task : undefined;
}

/** Tokens that end a response: those that the model's files name, the end sign of its task. */
function stopTokens({ model, tokenizer }: OpenedModel): number[] {
  const bytes = model.companions.get('generation_config.json');
  const generation = bytes ? (JSON.parse(Buffer.from(bytes).toString()) as typeof json) : {};
  const { json } = model.config;
  const named = [generation['eos_token_id'] ?? json['eos_token_id'] ?? []].flat();
  const task = countdownOf(tokenizer);
  const own = task ? task.encode(task.endToken) : [];
  return [...new Set([...named.filter((id) => typeof id === 'number'), ...own])];
}

/** The text of every token by itself. */
export function tokenTexts(tokenizer: Tokenizer, ids: Int32Array): string[] {
  return Array.from(ids, (id) => tokenizer.decode([id]));
}

/** The tokens of a text. @throws UsageError where the vocabulary cannot spell it */
export function tokensOf(tokenizer: Tokenizer, name: string, text: string): Int32Array {
  const ids = tokenizer.encode(text, { addSpecialTokens: false });
  const read = tokenizer.decode(ids);
  if (ids.length === 0) throw new UsageError(`${name}: expected some text, received none`);
  if (read.normalize() === text.normalize()) return ids;
  const received = `${JSON.stringify(text)}, which reads ${JSON.stringify(read)}`;
  throw new UsageError(`${name}: expected text in the model's vocabulary, received ${received}`);
}

/** A response of the model to a prompt, sampled, or read from `response`. */
export function respond(
  opened: OpenedModel,
  prompt: string,
  response: string | undefined,
  { maxNewTokens, seed, temperature, greedy }: SamplingOptions,
): Exchange {
  const ids = tokensOf(opened.tokenizer, '--prompt', prompt);
  if (response !== undefined) {
    return { prompt: ids, tokens: tokensOf(opened.tokenizer, '--response', response) };
  }
  const request = { prompt: ids, maxNewTokens, stop: stopTokens(opened), seedStream: 0 };
  const [answer] = generate(opened.model, [request], { seed, temperature, greedy });
  return { prompt: ids, tokens: answer!.tokens };
}
