import type { Score } from '../text-task.js';
import type { CountdownProblem } from './problem.js';
import { calculate, type Sign, type Step } from './steps.js';

/**
 * - `correct`: the last attempt uses every number once, calculates rightly, ends in the target and
 *   is closed by `.`
 * - `unfinished`: there is no `.`
 * - `syntax`: something follows the `.`, or the last attempt is not `a+b=c` steps joined by `,`
 *   (numbers of at most six digits, no leading zeros, no spaces)
 * - `operand-unavailable`: an operand is neither an unused number nor an unused result
 * - `arithmetic`: a step's result is not what its operands give
 * - `out-of-range`: a rightly calculated result is outside 1..maxResult
 * - `numbers-unused`: numbers or results are left over at the end
 * - `wrong-result`: all is right except that the last result is not the target
 */
export type CountdownReason =
  | 'correct'
  | 'unfinished'
  | 'syntax'
  | 'operand-unavailable'
  | 'arithmetic'
  | 'out-of-range'
  | 'numbers-unused'
  | 'wrong-result';

export interface CountdownDetails {
  /** Attempts begun: one more than the response has `;`. */
  attempts: number;
  /** Where in the response the fault lies, in UTF-16 units; null when correct. */
  position: number | null;
  /** The fault in words; empty when correct. */
  message: string;
}

/** The first fault of an attempt, `at` units after its start. */
export interface Fault {
  reason: Exclude<CountdownReason, 'correct'>;
  at: number;
  message: string;
}

const STEP = /^(0|[1-9]\d{0,5})([+\-*])(0|[1-9]\d{0,5})=(0|[1-9]\d{0,5})$/;

/** The step that a text spells, right or wrong; undefined where it is not `a+b=c`. */
export function parseStep(text: string): Step | undefined {
  const match = STEP.exec(text);
  if (match === null) return undefined;
  const [, left, sign, right, result] = match;
  return { left: +left!, sign: sign as Sign, right: +right!, result: +result! };
}

/** Judges one response: the last attempt counts, and its first fault from left to right. */
export function score(
  problem: CountdownProblem,
  response: string,
  maxResult: number,
): Score<CountdownReason, CountdownDetails> {
  let attempts = 1;
  for (let at = response.indexOf(';'); at >= 0; at = response.indexOf(';', at + 1)) attempts++;
  const end = response.indexOf('.');
  const begin = response.lastIndexOf(';', end) + 1;
  const fault =
    findStructuralFault(response, end) ??
    findFault(problem, response.slice(begin, end), begin, maxResult);
  if (fault === undefined) {
    return { reward: 1, reason: 'correct', details: { attempts, position: null, message: '' } };
  }
  const { reason, at, message } = fault;
  return { reward: 0, reason, details: { attempts, position: at, message } };
}

function findStructuralFault(response: string, end: number): Fault | undefined {
  if (end < 0) return { reason: 'unfinished', at: response.length, message: "no closing '.'" };
  if (end === response.length - 1) return undefined;
  return { reason: 'syntax', at: end + 1, message: "text after the closing '.'" };
}

/** The first fault of an attempt (text without its closing sign) that begins at `begin`. */
export function findFault(
  problem: CountdownProblem,
  attempt: string,
  begin: number,
  maxResult: number,
): Fault | undefined {
  const pool = [...problem.numbers];
  let at = begin;
  for (const text of attempt.split(',')) {
    const fault = takeStep(pool, text, maxResult);
    if (fault !== undefined) return { ...fault, at };
    at += text.length + 1;
  }
  const end = begin + attempt.length;
  if (pool.length > 1) {
    return { reason: 'numbers-unused', at: end, message: `left over: ${pool.join(' ')}` };
  }
  if (pool[0] === problem.target) return undefined;
  const message = `the last result is ${pool[0]}, the target is ${problem.target}`;
  return { reason: 'wrong-result', at: end, message };
}

/** Carries out a step on the pool, or says why it cannot be. */
function takeStep(pool: number[], text: string, maxResult: number): Omit<Fault, 'at'> | undefined {
  const step = parseStep(text);
  if (step === undefined) return { reason: 'syntax', message: "a step is not of the form 'a+b=c'" };
  for (const operand of [step.left, step.right]) {
    const index = pool.indexOf(operand);
    if (index < 0) {
      return { reason: 'operand-unavailable', message: `${operand} is not available in ${text}` };
    }
    pool.splice(index, 1);
  }
  const result = calculate(step.left, step.sign, step.right);
  if (result !== step.result) return { reason: 'arithmetic', message: `${text} is not right` };
  if (result < 1 || result > maxResult) {
    return { reason: 'out-of-range', message: `${text} is outside 1..${maxResult}` };
  }
  pool.push(result);
  return undefined;
}
