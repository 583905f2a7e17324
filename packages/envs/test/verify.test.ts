import { ArgumentRangeError, ArgumentTypeError, countdown, random } from '@anacrusis/envs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyRightAttempt, referenceReward } from './reference.js';

const task = countdown();
const problem = { numbers: [7, 6, 9], target: 4 };

// Verdicts worked out by hand from the rules: the last attempt counts, every number once,
// arithmetic right, results in 1..30, last result 4, closed by '.'. The third column is where the
// faulty step or sign begins.
const cases: [response: string, reason: string, position: number | null][] = [
  ['9-6=3,7-3=4.', 'correct', null],
  ['6+7=13,13-9=4.', 'correct', null],
  ['9-7=2,2+6=8;9-6=3,3+7=10;9-6=3,7-3=4.', 'correct', null],
  ['9-7=5,nonsense;9-6=3,7-3=4.', 'correct', null],
  [';;9-6=3,7-3=4.', 'correct', null],
  ['1;2;3;4;5;6;9-6=3,7-3=4.', 'correct', null],
  ['', 'unfinished', 0],
  ['9-6=3,7-3=4', 'unfinished', 11],
  ['9-6=3,7-3=4;', 'unfinished', 12],
  ['.', 'syntax', 0],
  ['9-6=3,7-3=4;.', 'syntax', 12],
  ['9-6=3,7-3=4..', 'syntax', 12],
  ['9-6=3,7-3=4.;', 'syntax', 12],
  ['9-6=3,7-3=4.\n', 'syntax', 12],
  ['9-6=3.;9-6=3,7-3=4.', 'syntax', 6],
  [' 9-6=3,7-3=4.', 'syntax', 0],
  ['9-6=3, 7-3=4.', 'syntax', 6],
  ['9-6=3,,7-3=4.', 'syntax', 6],
  ['9-6=3,.', 'syntax', 6],
  ['9-6=3,7-3=4,.', 'syntax', 12],
  ['9-6=3,7-3.', 'syntax', 6],
  ['9-6,7-3=4.', 'syntax', 0],
  ['9-6=3=3,7-3=4.', 'syntax', 0],
  ['9-6-3=0.', 'syntax', 0],
  ['9-6=03,7-3=4.', 'syntax', 0],
  ['6-9=-3,7+-3=4.', 'syntax', 0],
  ['9/3=3,7-3=4.', 'syntax', 0],
  ['9−6=3,7−3=4.', 'syntax', 0],
  ['９-６=３,7-3=4.', 'syntax', 0],
  ['9-6=3,7-3=4。.', 'syntax', 6],
  ['1000000+6=1000006,7-3=4.', 'syntax', 0],
  ['9-5=4.', 'operand-unavailable', 0],
  ['9-6=3,9-3=6.', 'operand-unavailable', 6],
  ['9-6=3,7-6=1.', 'operand-unavailable', 6],
  ['9-9=0,7-6=1.', 'operand-unavailable', 0],
  ['7-3=4,9-6=3.', 'operand-unavailable', 0],
  ['9-6=3,7-3=4,4-4=0.', 'operand-unavailable', 12],
  ['9-6=2,7-2=5.', 'arithmetic', 0],
  ['9-6=3,7-3=5.', 'arithmetic', 6],
  ['7-6=1,9*1=4.', 'arithmetic', 6],
  ['7*6=42,42-9=33.', 'out-of-range', 0],
  ['9+7=16;7+6=13,9*13=117.', 'out-of-range', 14],
  ['9-6=3.', 'numbers-unused', 5],
  ['9-7=2,2+6=8.', 'wrong-result', 11],
  ['9-6=3,7-3=4;9-7=2,2+6=8.', 'wrong-result', 23],
];
describe('score', () => {
  it.each(cases)('%j is %s', (response, reason, position) => {
    const { details, ...verdict } = task.score(problem, response);
    expect(verdict).toEqual({ reward: reason === 'correct' ? 1 : 0, reason });
    expect(details.position).toBe(position);
    expect(details.attempts).toBe(response.split(';').length);
    expect(details.message === '').toBe(reason === 'correct');
  });

  it('uses a number as often as it occurs', () => {
    const twins = { numbers: [5, 5, 3], target: 7 };
    expect(task.score(twins, '5+5=10,10-3=7.').reason).toBe('correct');
    expect(task.score(twins, '5-3=2,2+5=7.').reason).toBe('correct');
    expect(task.score(twins, '3+3=6,5-3=2.').reason).toBe('operand-unavailable');
    expect(task.score(twins, '5-5=0,3-0=3.').reason).toBe('out-of-range');
  });

  it('takes three steps with four numbers', () => {
    const four = countdown({ numbers: 4 });
    const hard = { numbers: [2, 3, 9, 7], target: 11 };
    expect(four.score(hard, '9-7=2,2+2=4,3+4=7;2*3=6,9-7=2,6+2=8.').reason).toBe('wrong-result');
    expect(four.score(hard, '9+7=16,16-3=13,13-2=11.').reason).toBe('correct');
    expect(four.score(hard, '9+2=11,7-3=4,11*4=44.').reason).toBe('out-of-range');
    expect(four.score(hard, '9+2=11.').reason).toBe('numbers-unused');
  });

  it('agrees with the list of right attempts on every well-formed pair of steps', () => {
    const small = countdown({ maxNumber: 3, maxResult: 5 });
    const easy = { numbers: [1, 2, 3], target: 5 };
    const right = new Set(everyRightAttempt(easy.numbers, easy.target, 5));
    const steps: string[] = [];
    for (let a = 1; a <= 6; a++)
      for (const sign of '+-*')
        for (let b = 1; b <= 6; b++)
          for (let c = 1; c <= 6; c++) steps.push(`${a}${sign}${b}=${c}`);
    const accepted = steps.flatMap((first) =>
      steps
        .map((second) => `${first},${second}`)
        .filter((text) => {
          return small.score(easy, `${text}.`).reward === 1;
        }),
    );
    expect(accepted.sort()).toEqual([...right].sort());
    expect(right.size).toBeGreaterThan(5);
  });

  it.each([3, 4])('agrees with the reference on damaged traces of %i numbers', (numbers) => {
    const any = countdown({ numbers, maxNumber: 7, maxResult: 23 });
    const seen = { right: 0, wrong: 0 };
    const edit = fc.tuple(fc.nat(80), fc.nat(2), fc.constantFrom(...'0123456789+-*=,;. '));
    fc.assert(
      fc.property(fc.nat(), fc.array(edit, { maxLength: 2 }), (seed, edits) => {
        const one = any.generate(seed, 'train');
        const right = new Set(everyRightAttempt([...one.numbers], one.target, 23));
        let text = any.trace(one, seed, { stopOnMiss: 0.4 });
        for (const [at, cut, sign] of edits) text = text.slice(0, at) + sign + text.slice(at + cut);
        const { reward } = any.score(one, text);
        expect(reward).toBe(referenceReward(right, text));
        seen[reward === 1 ? 'right' : 'wrong']++;
      }),
      { numRuns: 400, seed: 5 },
    );
    expect(Math.min(seen.right, seen.wrong)).toBeGreaterThan(40);
  });

  it('gives a verdict, never an exception, on any string', () => {
    const alphabet = fc.string({ unit: fc.constantFrom(...'0123456789+-*=,;. >:'), maxLength: 60 });
    const strings = fc.oneof(alphabet, fc.string({ unit: 'binary' }), fc.string());
    fc.assert(
      fc.property(strings, (response) => {
        const { reward, reason } = task.score(problem, response);
        expect(reward).toBe(reason === 'correct' ? 1 : 0);
      }),
      { numRuns: 2000, seed: 11 },
    );
  });

  it.each([
    ['digits', '9'.repeat(2_000_000) + '.', 'syntax'],
    ['commas', ','.repeat(2_000_000) + '.', 'syntax'],
    ['attempts', ';'.repeat(2_000_000) + '9-6=3,7-3=4.', 'correct'],
    ['ends', '.'.repeat(2_000_000), 'syntax'],
    ['lone surrogates', '\ud800'.repeat(1000), 'unfinished'],
    ['nulls', '9-6=3\0,7-3=4.', 'syntax'],
  ])('judges millions of %s at once', (_, response, reason) => {
    const begin = performance.now();
    expect(task.score(problem, response).reason).toBe(reason);
    task.analyze(problem, response);
    // Linear work takes tens of milliseconds here, quadratic work minutes.
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  it('refuses bad arguments by name', () => {
    const bad = (value: unknown) => value as never;
    expect(() => task.score(problem, bad(null))).toThrow(
      'response: expected a string, received null',
    );
    expect(() => task.score(problem, bad(7))).toThrow(ArgumentTypeError);
    expect(() => task.score(bad(null), '')).toThrow(ArgumentTypeError);
    expect(() => task.score({ numbers: [1, 2], target: 3 }, '')).toThrow(ArgumentRangeError);
    expect(() => task.score({ numbers: [1, 2, 10], target: 3 }, '')).toThrow(
      'problem.numbers[2]: expected an integer in 1..9, received 10',
    );
    expect(() => task.score({ numbers: [1, NaN, 3], target: 3 }, '')).toThrow('received NaN');
    expect(() => task.score({ numbers: [1, 2, 3], target: 31 }, '')).toThrow('problem.target');
  });
});

describe('solutions', () => {
  it.each([3, 4])('are those of the reference, for %i numbers', (numbers) => {
    const any = countdown({ numbers, maxNumber: 6, maxResult: 25 });
    const rng = random(3, numbers);
    for (let i = 0; i < 60; i++) {
      const one = any.generate(rng, i % 2 ? 'train' : 'heldOut');
      const right = everyRightAttempt([...one.numbers], one.target, 25);
      expect(any.solutions(one).sort()).toEqual(right);
      expect(right.length).toBeGreaterThan(0);
    }
  });

  it('are none where there are none', () => {
    expect(task.solutions({ numbers: [1, 1, 1], target: 29 })).toEqual([]);
  });
});
