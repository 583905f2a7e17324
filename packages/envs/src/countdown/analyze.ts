import type { CountdownProblem } from './problem.js';
import { calculate } from './steps.js';
import { findFault, parseStep } from './verify.js';

/** Counts from one response, exact and additive: sum them over responses, then divide. */
export interface CountdownAnalysis {
  /** Attempts begun. An empty one counts unless the response was cut right before it. */
  attempts: number;
  /** The first attempt is a solution, whichever sign follows it. */
  firstAttemptHit: boolean;
  /**
   * Decisions at the end of an attempt. Every attempt closed by `;` or `.` makes one; an attempt
   * that was cut makes none. It is at a hit if it has exactly numbers - 1 well-formed steps and its
   * last written result is the target (whether calculated rightly or not: the question is whether
   * the model sees the two equal), else at a miss. `onHit` and `onMiss` count those closed by `.`:
   * P(stop | hit) = onHit / hits, P(stop | miss) = onMiss / misses.
   */
  stops: { onHit: number; onMiss: number; hits: number; misses: number };
  /** Well-formed steps `a+b=c` in all attempts, the cut one included. */
  steps: number;
  /** Those of them whose result is not what their operands give. */
  arithmeticErrors: number;
  /** Closed attempts whose text is that of an earlier attempt of the response, sign for sign. */
  repeatedAttempts: number;
}

/** Takes a response apart up to its first `.`; what follows is ignored. */
export function analyze(
  problem: CountdownProblem,
  response: string,
  maxResult: number,
): CountdownAnalysis {
  const end = response.indexOf('.');
  const texts = (end < 0 ? response : response.slice(0, end)).split(';');
  const closed = end < 0 ? texts.length - 1 : texts.length;
  const cutBeforeAttempt = end < 0 && texts.at(-1) === '';
  const analysis: CountdownAnalysis = {
    attempts: cutBeforeAttempt ? texts.length - 1 : texts.length,
    firstAttemptHit: findFault(problem, texts[0]!, 0, maxResult) === undefined,
    stops: { onHit: 0, onMiss: 0, hits: 0, misses: 0 },
    steps: 0,
    arithmeticErrors: 0,
    repeatedAttempts: 0,
  };
  const seen = new Set<string>();
  texts.forEach((text, index) => {
    const lastResult = countSteps(text, problem.numbers.length - 1, analysis);
    if (index >= closed) return;
    countStop(lastResult === problem.target, end >= 0 && index === closed - 1, analysis.stops);
    if (seen.has(text)) analysis.repeatedAttempts++;
    seen.add(text);
  });
  return analysis;
}

/** Counts an attempt's steps; its last result if it has `wanted` steps, all well-formed. */
function countSteps(text: string, wanted: number, analysis: CountdownAnalysis): number | undefined {
  const steps = text.split(',').map(parseStep);
  for (const step of steps) {
    if (step === undefined) continue;
    analysis.steps++;
    if (calculate(step.left, step.sign, step.right) !== step.result) analysis.arithmeticErrors++;
  }
  if (steps.length !== wanted || steps.includes(undefined)) return undefined;
  return steps.at(-1)!.result;
}

function countStop(hit: boolean, stopped: boolean, stops: CountdownAnalysis['stops']): void {
  stops[hit ? 'hits' : 'misses']++;
  if (stopped) stops[hit ? 'onHit' : 'onMiss']++;
}

/** Rates over many responses; null where nothing was there to be counted. */
export interface CountdownStatistics {
  /** Mean number of attempts in a response. */
  attempts: number | null;
  /** Share of responses whose first attempt is a solution. */
  firstAttemptHit: number | null;
  /** P(stop | hit): the model sees that the last result is the target. */
  stopOnHit: number | null;
  /** P(stop | miss): the model gives up. */
  stopOnMiss: number | null;
  /** Wrong steps per well-formed step. */
  arithmeticError: number | null;
  /** Share of responses with at least one repeated attempt. */
  repeats: number | null;
}

/** Sums analyses and divides: rates over all decisions, not means of rates. */
export function summarize(analyses: Iterable<CountdownAnalysis>): CountdownStatistics {
  const all = [...analyses];
  const rate = (
    over: (one: CountdownAnalysis) => number | boolean,
    under: (one: CountdownAnalysis) => number = () => 1,
  ) => {
    const denominator = all.reduce((sum, one) => sum + under(one), 0);
    if (denominator === 0) return null;
    return all.reduce((sum, one) => sum + Number(over(one)), 0) / denominator;
  };
  return {
    attempts: rate((one) => one.attempts),
    firstAttemptHit: rate((one) => one.firstAttemptHit),
    stopOnHit: rate(
      (one) => one.stops.onHit,
      (one) => one.stops.hits,
    ),
    stopOnMiss: rate(
      (one) => one.stops.onMiss,
      (one) => one.stops.misses,
    ),
    arithmeticError: rate(
      (one) => one.arithmeticErrors,
      (one) => one.steps,
    ),
    repeats: rate((one) => one.repeatedAttempts > 0),
  };
}
