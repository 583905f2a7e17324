import { ArgumentError } from '@anacrusis/native';

export interface GenerationRequest {
  /** Comes back with the response; the request's number when left out. */
  id?: number | string;
  /** Token ids, at least one. */
  prompt: Int32Array;
  /** Most tokens to sample, at least one. */
  maxNewTokens: number;
  /** Token ids after which the response ends; they belong to it. */
  stop?: ArrayLike<number>;
  /** Number of the random stream: responses to one prompt differ by it. */
  seedStream: number;
}

function refuse(parameter: string, expected: string, received: string): never {
  throw new ArgumentError({ code: 'ERR_RANGE', op: 'generate', parameter, expected, received });
}

export function checkInteger(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least && value < 2 ** 31) return;
  refuse(name, `an integer >= ${least}`, String(value));
}

/** @throws ArgumentError for a request that makes no sense */
export function checkRequest(request: GenerationRequest, vocabSize: number): void {
  const { prompt, maxNewTokens, seedStream } = request;
  if (!(prompt instanceof Int32Array)) refuse('prompt', 'an Int32Array', typeof prompt);
  if (prompt.length === 0) refuse('prompt', 'at least one token', 'none');
  const at = prompt.findIndex((id) => id < 0 || id >= vocabSize);
  if (at >= 0) refuse(`prompt[${at}]`, `a token id in 0..${vocabSize - 1}`, String(prompt[at]));
  checkInteger('maxNewTokens', maxNewTokens, 1);
  checkInteger('seedStream', seedStream, 0);
}
