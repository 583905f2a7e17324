import { below, type RandomGenerator } from '../random.js';

export type Sign = '+' | '-' | '*';

/** One calculation, `left sign right = result`. */
export interface Step {
  left: number;
  sign: Sign;
  right: number;
  result: number;
}

const SIGNS: readonly Sign[] = ['+', '-', '*'];

export function calculate(left: number, sign: Sign, right: number): number {
  if (sign === '+') return left + right;
  return sign === '-' ? left - right : left * right;
}

const formatStep = (step: Step): string => `${step.left}${step.sign}${step.right}=${step.result}`;

export const formatAttempt = (steps: readonly Step[]): string => steps.map(formatStep).join(',');

/** The numbers that remain after a step: its operands go, its result joins. */
function poolAfter(pool: readonly number[], step: Step): number[] {
  const rest = [...pool];
  rest.splice(rest.indexOf(step.left), 1);
  rest.splice(rest.indexOf(step.right), 1);
  rest.push(step.result);
  return rest;
}

/** Every distinct calculation with two numbers of the pool, larger one left, result in range. */
function legalSteps(pool: readonly number[], maxResult: number): Step[] {
  const sorted = [...pool].sort((x, y) => y - x);
  const steps: Step[] = [];
  for (let i = 0; i < sorted.length; i++) {
    if (i > 0 && sorted[i] === sorted[i - 1]) continue;
    for (let j = i + 1; j < sorted.length; j++) {
      if (j > i + 1 && sorted[j] === sorted[j - 1]) continue;
      const left = sorted[i]!;
      const right = sorted[j]!;
      for (const sign of SIGNS) {
        const result = calculate(left, sign, right);
        if (result >= 1 && result <= maxResult) steps.push({ left, sign, right, result });
      }
    }
  }
  return steps;
}

const turned = (step: Step): Step => ({ ...step, left: step.right, right: step.left });

/** The ways to write a calculation: sums and products in either order. */
const spellings = (step: Step): Step[] =>
  step.sign === '-' || step.left === step.right ? [step] : [step, turned(step)];

/**
 * A random chain that uses all numbers: each step uniform among the legal calculations, and the
 * order of a sum or product by a coin.
 *
 * @returns undefined where the chain runs into a pool without a legal step
 */
export function randomAttempt(
  numbers: readonly number[],
  maxResult: number,
  rng: RandomGenerator,
): Step[] | undefined {
  const steps: Step[] = [];
  for (let pool = numbers; pool.length > 1;) {
    const legal = legalSteps(pool, maxResult);
    if (legal.length === 0) return undefined;
    const ways = spellings(legal[below(rng, legal.length)]!);
    const step = ways[below(rng, ways.length)]!;
    steps.push(step);
    pool = poolAfter(pool, step);
  }
  return steps;
}

/** Every distinct attempt that reaches the target, as text without a closing sign. */
export function solutions(numbers: readonly number[], target: number, maxResult: number): string[] {
  const found: string[] = [];
  const search = (pool: readonly number[], path: Step[]) => {
    for (const step of legalSteps(pool, maxResult)) {
      if (pool.length > 2) search(poolAfter(pool, step), [...path, step]);
      else if (step.result === target) found.push(...allSpellings([...path, step]));
    }
  };
  search(numbers, []);
  return found;
}

const allSpellings = (steps: readonly Step[]): string[] =>
  steps
    .map((step) => spellings(step).map(formatStep))
    .reduce((texts, next) => texts.flatMap((text) => next.map((more) => `${text},${more}`)));
