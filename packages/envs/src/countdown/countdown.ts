import { checkString } from '../errors.js';
import { toRandom, type RandomGenerator } from '../random.js';
import type { TextTask } from '../text-task.js';
import { makeVocabulary } from '../vocabulary.js';
import { analyze, type CountdownAnalysis } from './analyze.js';
import { placeNames, places, type CountdownPlace } from './places.js';
import {
  checkProblem,
  generate,
  heldOut,
  isHeldOut,
  prompt,
  toSettings,
  type CountdownOptions,
  type CountdownProblem,
} from './problem.js';
import { solutions } from './steps.js';
import { trace, type TraceOptions } from './trace.js';
import { score, type CountdownDetails, type CountdownReason } from './verify.js';

/** The Countdown task: what every text task has, and what its trainer and pictures need. */
export interface Countdown extends TextTask<CountdownProblem, CountdownReason, CountdownDetails> {
  /** The settings in full, for a run's record. */
  readonly options: Readonly<Required<CountdownOptions>>;

  /** On which side of the split the problem lies, for any order of its numbers. */
  isHeldOut(problem: CountdownProblem): boolean;

  /** Every distinct solution, as text without the closing `.`. */
  solutions(problem: CountdownProblem): string[];

  /** A supervised response; see TraceOptions. Throws for a problem without a solution. */
  trace(
    problem: CountdownProblem,
    source: number | RandomGenerator,
    options?: TraceOptions,
  ): string;

  /** Exact counts for the statistics of one response. */
  analyze(problem: CountdownProblem, response: string): CountdownAnalysis;

  /** The place in its attempt of every token of a response. */
  places(ids: ArrayLike<number>): CountdownPlace[];

  /** All places in order, as the columns of a table. */
  placeNames(): CountdownPlace[];
}

const SIGN_TOKENS = [' ', '>', ':', '+', '-', '*', '=', ',', ';', '.'];

/**
 * The Countdown task: `7 6 9>4:` is answered by `9-7=2,2+6=8;9-6=3,7-3=4.`
 *
 * @throws ArgumentTypeError, ArgumentRangeError for options outside their ranges, here and in every
 * method for bad arguments; a response to `score` or `analyze` may be any string
 */
export function countdown(options: CountdownOptions = {}): Countdown {
  const settings = toSettings(options);
  const { numbers, maxResult } = settings;
  const numberTokens = Array.from({ length: maxResult + 1 }, (_, value) => String(value));
  const vocabulary = makeVocabulary([...SIGN_TOKENS, ...numberTokens]);

  const check = (problem: CountdownProblem, response = '') => {
    checkProblem(problem, settings);
    checkString('response', response);
    return problem;
  };

  return {
    name: 'countdown',
    options: settings,
    endToken: '.',
    maxResponseTokens: settings.maxAttempts * 6 * (numbers - 1),
    generate: (source, split) => generate(toRandom(source), split, settings),
    heldOut: (count) => heldOut(count, settings),
    isHeldOut: (problem) => isHeldOut(check(problem)),
    prompt: (problem) => prompt(check(problem)),
    score: (problem, response) => score(check(problem, response), response, maxResult),
    analyze: (problem, response) => analyze(check(problem, response), response, maxResult),
    solutions: (problem) => solutions(check(problem).numbers, problem.target, maxResult),
    trace: (problem, source, traceOptions = {}) =>
      trace(check(problem), toRandom(source), traceOptions, settings),
    vocabulary: () => [...vocabulary.tokens],
    encode: vocabulary.encode,
    decode: vocabulary.decode,
    places: (ids) => places(ids, vocabulary, numbers),
    placeNames: () => placeNames(numbers),
  };
}
