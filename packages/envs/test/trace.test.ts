import { ArgumentRangeError, ArgumentTypeError, countdown, random } from '@anacrusis/envs';
import { describe, expect, it } from 'vitest';
import { everyRightAttempt } from './reference.js';

const STEP = /^(\d+)([+*-])(\d+)=(\d+)$/;

/** Whether an attempt uses every number once, rightly, with results in range. */
function isLegal(numbers: readonly number[], attempt: string, maxResult: number): boolean {
  const last = Number(attempt.slice(attempt.lastIndexOf('=') + 1));
  return everyRightAttempt([...numbers], last, maxResult).includes(attempt);
}

describe.each([3, 4])('traces of %i numbers', (numbers) => {
  const task = countdown({ numbers, maxNumber: 8, maxResult: 28, maxAttempts: 3 });
  const rng = random(21, numbers);
  const pairs = Array.from({ length: 150 }, () => {
    const problem = task.generate(rng, 'train');
    return { problem, text: task.trace(problem, rng) };
  });

  it('consist of legal attempts, stop on each hit and never on a miss', () => {
    for (const { problem, text } of pairs) {
      const right = new Set(everyRightAttempt([...problem.numbers], problem.target, 28));
      const attempts = text.slice(0, -1).split(';');
      attempts.forEach((attempt, i) => {
        expect(isLegal(problem.numbers, attempt, 28)).toBe(true);
        const closing = i === attempts.length - 1 ? text.at(-1) : ';';
        expect(closing).toBe(right.has(attempt) ? '.' : ';');
      });
      expect(text.endsWith('.') || attempts.length === 3).toBe(true);
      expect(task.score(problem, text).reason).toBe(text.endsWith('.') ? 'correct' : 'unfinished');
    }
    expect(pairs.some(({ text }) => text.endsWith(';'))).toBe(true);
  });

  it('fit the limit and the tokens', () => {
    for (const { text } of pairs) {
      expect(task.encode(text).length).toBeLessThanOrEqual(task.maxResponseTokens);
    }
    const full = pairs.find(({ text }) => text.endsWith(';'))!.text;
    expect(task.encode(full)).toHaveLength(task.maxResponseTokens);
  });
});

describe('trace options', () => {
  const task = countdown();
  const problem = { numbers: [7, 6, 9], target: 4 };
  const traces = (count: number, options: object) =>
    Array.from({ length: count }, (_, seed) => task.trace(problem, seed, options));
  const share = (texts: string[], test: (text: string) => boolean) =>
    texts.filter(test).length / texts.length;

  it('draw solutions uniformly', () => {
    const texts = traces(4000, { solutionProbability: 1 });
    const right = everyRightAttempt(problem.numbers, problem.target, 30);
    for (const attempt of right) {
      const p = 1 / right.length;
      // Four standard errors of a share.
      const error = 4 * Math.sqrt((p * (1 - p)) / 4000);
      expect(Math.abs(share(texts, (text) => text === `${attempt}.`) - p)).toBeLessThan(error);
    }
  });

  it('mix solutions in with the given probability', () => {
    const options = { maxAttempts: 1 };
    const chance = share(traces(4000, { ...options, solutionProbability: 0 }), (t) =>
      t.endsWith('.'),
    );
    const mixed = share(traces(4000, options), (t) => t.endsWith('.'));
    // P(hit) = 0.3 + 0.7 P(hit by chance); four standard errors of both shares.
    expect(Math.abs(mixed - (0.3 + 0.7 * chance))).toBeLessThan(0.05);
    expect(chance).toBeGreaterThan(0.02);
  });

  it('give up on misses as often as asked', () => {
    const texts = traces(4000, { solutionProbability: 0.05, stopOnMiss: 0.35 });
    const stops = texts.map((text) => task.analyze(problem, text).stops);
    const sum = (pick: (one: (typeof stops)[0]) => number) =>
      stops.reduce((total, one) => total + pick(one), 0);
    const misses = sum((one) => one.misses);
    const error = 4 * Math.sqrt((0.35 * 0.65) / misses);
    expect(Math.abs(sum((one) => one.onMiss) / misses - 0.35)).toBeLessThan(error);
    expect(sum((one) => one.onHit)).toBe(sum((one) => one.hits));
  });

  it('turn sums and products both ways, never differences', () => {
    const steps = traces(500, { solutionProbability: 0 }).flatMap((t) =>
      t.slice(0, -1).split(/[,;]/),
    );
    const pairs = steps.map((step) => STEP.exec(step)!.slice(1, 4));
    for (const sign of ['+', '*']) {
      const ofSign = pairs.filter(([, s]) => s === sign);
      const rising = ofSign.filter(([left, , right]) => +left! < +right!).length / ofSign.length;
      expect(Math.abs(rising - 0.5)).toBeLessThan(0.1);
    }
    for (const [left, sign, right] of pairs) if (sign === '-') expect(+left! > +right!).toBe(true);
  });

  it('are reproducible', () => {
    expect(traces(50, {})).toEqual(traces(50, {}));
    expect(new Set(traces(50, {})).size).toBeGreaterThan(30);
  });

  it('are checked', () => {
    const bad = (options: unknown) => () => task.trace(problem, 1, options as never);
    expect(bad({ solutionProbability: 1.1 })).toThrow(ArgumentRangeError);
    expect(bad({ solutionProbability: NaN })).toThrow(ArgumentRangeError);
    expect(bad({ stopOnMiss: '0' })).toThrow(ArgumentTypeError);
    expect(bad({ maxAttempts: 0 })).toThrow(ArgumentRangeError);
    expect(bad({ stopOnHit: 1 })).toThrow('received "stopOnHit"');
    expect(bad(3)).toThrow(ArgumentTypeError);
    expect(() => task.trace({ numbers: [1, 1, 1], target: 29 }, 1)).toThrow(
      'problem: expected a problem with a solution, received "1 1 1>29:"',
    );
  });
});
