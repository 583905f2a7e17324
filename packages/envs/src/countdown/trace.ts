import { ArgumentRangeError, checkInteger, checkOptions, checkProbability } from '../errors.js';
import { below, chance, type RandomGenerator } from '../random.js';
import { prompt, type CountdownProblem, type Settings } from './problem.js';
import { formatAttempt, randomAttempt, solutions } from './steps.js';

export interface TraceOptions {
  /** Probability that an attempt is a solution, uniform among all of them. Default 0.3. */
  solutionProbability?: number;
  /** Probability of closing an attempt that misses with `.`, which teaches giving up. Default 0. */
  stopOnMiss?: number;
  /** Attempts after which the trace breaks off. Default: the task's `maxAttempts`. */
  maxAttempts?: number;
}

/**
 * A response that searches: attempts are solutions or random legal chains (which may hit by
 * chance), `.` follows a hit and `;` a miss. If the last allowed attempt misses, the trace breaks
 * off after its `;`. It is neither forced to be a solution nor closed with `.`: both would put a
 * `.` after every last attempt, and a model that counts attempts would learn from it to stop on a
 * miss.
 */
export function trace(
  problem: CountdownProblem,
  rng: RandomGenerator,
  options: TraceOptions,
  settings: Settings,
): string {
  checkOptions('options', options, ['solutionProbability', 'stopOnMiss', 'maxAttempts']);
  const { solutionProbability = 0.3, stopOnMiss = 0, maxAttempts = settings.maxAttempts } = options;
  checkProbability('options.solutionProbability', solutionProbability);
  checkProbability('options.stopOnMiss', stopOnMiss);
  checkInteger('options.maxAttempts', maxAttempts, 1, 1000);
  const { numbers, target } = problem;
  const solved = solutions(numbers, target, settings.maxResult);
  if (solved.length === 0) {
    throw new ArgumentRangeError('problem', 'a problem with a solution', prompt(problem));
  }
  let text = '';
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (chance(rng, solutionProbability)) return `${text}${solved[below(rng, solved.length)]}.`;
    const steps = legalAttempt(numbers, settings.maxResult, rng);
    text += formatAttempt(steps);
    if (steps.at(-1)!.result === target || chance(rng, stopOnMiss)) return `${text}.`;
    text += ';';
  }
  return text;
}

/** A random chain without a dead end; there is one where there is a solution. */
function legalAttempt(numbers: readonly number[], maxResult: number, rng: RandomGenerator) {
  for (;;) {
    const steps = randomAttempt(numbers, maxResult, rng);
    if (steps !== undefined) return steps;
  }
}
