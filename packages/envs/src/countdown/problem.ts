import {
  ArgumentRangeError,
  ArgumentTypeError,
  checkInteger,
  checkOptions,
  checkString,
} from '../errors.js';
import { below, hash32, random, type RandomGenerator } from '../random.js';
import type { Split } from '../text-task.js';
import { randomAttempt } from './steps.js';

/** Combine all the numbers, each once, so that the last result is the target. */
export interface CountdownProblem {
  readonly numbers: readonly number[];
  readonly target: number;
}

export interface CountdownOptions {
  /** How many numbers a problem has, 3 or 4. Default 3. */
  numbers?: number;
  /** Numbers are drawn uniformly from 1..maxNumber. Default 9. */
  maxNumber?: number;
  /** Every result, the target included, is in 1..maxResult. Default 30. */
  maxResult?: number;
  /** Attempts in a supervised trace, and for which the response limit leaves room. Default 4. */
  maxAttempts?: number;
}

export type Settings = Readonly<Required<CountdownOptions>>;

const DEFAULTS: Settings = { numbers: 3, maxNumber: 9, maxResult: 30, maxAttempts: 4 };

/** One problem in this many is held out. */
const HELD_OUT_ONE_IN = 6;
/** Draws in a row without a fitting problem after which the split counts as exhausted. */
const PATIENCE = 20_000;
/** The stream from which the held-out list is drawn. */
const HELD_OUT_SEED = 0;

export function toSettings(options: CountdownOptions): Settings {
  checkOptions('options', options, Object.keys(DEFAULTS));
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings: Settings = { ...DEFAULTS, ...Object.fromEntries(given) };
  checkInteger('options.numbers', settings.numbers, 3, 4);
  checkInteger('options.maxResult', settings.maxResult, 4, 999);
  checkInteger('options.maxNumber', settings.maxNumber, 2, settings.maxResult);
  checkInteger('options.maxAttempts', settings.maxAttempts, 1, 1000);
  return settings;
}

/** Throws unless the problem has the shape and ranges of the settings. */
export function checkProblem(problem: CountdownProblem, settings: Settings): void {
  if (typeof problem !== 'object' || problem === null || !Array.isArray(problem.numbers)) {
    throw new ArgumentTypeError('problem', '{ numbers: number[], target: number }', problem);
  }
  if (problem.numbers.length !== settings.numbers) {
    throw new ArgumentRangeError(
      'problem.numbers',
      `${settings.numbers} numbers`,
      problem.numbers.length,
    );
  }
  problem.numbers.forEach((value, i) =>
    checkInteger(`problem.numbers[${i}]`, value, 1, settings.maxNumber),
  );
  checkInteger('problem.target', problem.target, 1, settings.maxResult);
}

/** What the model is given: `7 6 9>4:`. */
export const prompt = (problem: CountdownProblem): string =>
  `${problem.numbers.join(' ')}>${problem.target}:`;

/**
 * The side on which a problem lies: a hash of its sorted numbers and its target, so that the order
 * of the numbers does not matter. The same numbers with another target may lie on the other side.
 */
export function isHeldOut(problem: CountdownProblem): boolean {
  const sorted = [...problem.numbers].sort((x, y) => x - y);
  return hash32([...sorted, problem.target]) % HELD_OUT_ONE_IN === 0;
}

/** A problem whose target is the last result of a random chain of legal steps. */
export function generate(rng: RandomGenerator, split: Split, settings: Settings): CountdownProblem {
  checkString('split', split);
  if (split !== 'train' && split !== 'heldOut') {
    throw new ArgumentRangeError('split', "'train' or 'heldOut'", split);
  }
  for (let draw = 0; draw < PATIENCE; draw++) {
    const numbers = Array.from(
      { length: settings.numbers },
      () => 1 + below(rng, settings.maxNumber),
    );
    const target = randomAttempt(numbers, settings.maxResult, rng)?.at(-1)!.result;
    if (target === undefined || numbers.includes(target)) continue;
    const problem = { numbers, target };
    if (isHeldOut(problem) === (split === 'heldOut')) return problem;
  }
  throw new ArgumentRangeError('split', 'a split that has problems under these options', split);
}

/**
 * The first `count` held-out problems of a fixed stream that differ in their prompts, so that they
 * are spread as generated problems are. The same numbers in another order may occur.
 */
export function heldOut(count: number, settings: Settings): CountdownProblem[] {
  checkInteger('count', count, 0, Number.MAX_SAFE_INTEGER);
  const rng = random(HELD_OUT_SEED);
  const found = new Map<string, CountdownProblem>();
  for (let inVain = 0; found.size < count; inVain++) {
    if (inVain === PATIENCE) {
      throw new ArgumentRangeError(
        'count',
        `no more than these options give (${found.size} found)`,
        count,
      );
    }
    const problem = generate(rng, 'heldOut', settings);
    if (found.has(prompt(problem))) continue;
    found.set(prompt(problem), problem);
    inVain = -1;
  }
  return [...found.values()];
}
