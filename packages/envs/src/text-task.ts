import type { RandomGenerator } from './random.js';

/** Which side of the fixed partition of problems: no problem is on both. */
export type Split = 'train' | 'heldOut';

/** A verdict on one response. */
export interface Score<Reason extends string = string, Details = unknown> {
  reward: 0 | 1;
  /** Stable code: `correct`, or the first fault found. */
  reason: Reason;
  details: Details;
}

/**
 * A task whose answers are text and can be verified exactly. All methods are pure functions of
 * their arguments (a generator passed in moves on), so any worker gets the same results.
 */
export interface TextTask<Problem = unknown, Reason extends string = string, Details = unknown> {
  readonly name: string;

  /** The token that ends a response; it belongs to the response. */
  readonly endToken: string;

  /** Tokens that the longest sensible response takes; a sampler's natural limit. */
  readonly maxResponseTokens: number;

  /** A random problem of the split, from a seed (any safe integer) or a generator. */
  generate(source: number | RandomGenerator, split: Split): Problem;

  /** The first `count` of a fixed list of distinct held-out problems; shorter lists are prefixes. */
  heldOut(count: number): Problem[];

  /** What the model is given. */
  prompt(problem: Problem): string;

  /** Judges the text after the prompt. Any string gets a verdict, however malformed. */
  score(problem: Problem, response: string): Score<Reason, Details>;

  /** The tokens' texts; a token's id is its place in this list. */
  vocabulary(): string[];

  /** Token ids of a text made of the vocabulary. */
  encode(text: string): number[];

  /** The text of token ids. */
  decode(ids: ArrayLike<number>): string;
}
