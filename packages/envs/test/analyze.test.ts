import { countdown, summarize, type CountdownAnalysis } from '@anacrusis/envs';
import { describe, expect, it } from 'vitest';

const task = countdown();
const problem = { numbers: [7, 6, 9], target: 4 };

/** attempts, firstAttemptHit, [onHit, hits, onMiss, misses], steps, arithmeticErrors, repeats */
type Row = [number, boolean, [number, number, number, number], number, number, number];

// Counted by hand from the definitions on CountdownAnalysis.
const rows: [response: string, row: Row][] = [
  ['9-6=3,7-3=4.', [1, true, [1, 1, 0, 0], 2, 0, 0]],
  ['9-7=2,2+6=8;9-6=3,3+7=10;9-6=3,7-3=4.', [3, false, [1, 1, 0, 2], 6, 0, 0]],
  // walks past a hit, gives up on a miss
  ['9-6=3,7-3=4;9-7=2,2+6=8.', [2, true, [0, 1, 1, 1], 4, 0, 0]],
  // repeats a failed attempt twice
  ['9-7=2,2+6=8;9-7=2,2+6=8;9-7=2,2+6=8.', [3, false, [0, 0, 1, 3], 6, 0, 2]],
  // miscalculated into the target: seen as a hit, no solution
  ['9-6=2,7-2=4.', [1, false, [1, 1, 0, 0], 2, 2, 0]],
  // operands that are not there are no arithmetic errors
  ['5-1=4,2+2=4.', [1, false, [1, 1, 0, 0], 2, 0, 0]],
  // the target after one step of two is not the end of an attempt
  ['8-4=4;9-6=3,7-3=4,4+0=4.', [2, false, [0, 0, 1, 2], 4, 0, 0]],
  // cut: in the middle, at a hit, and before an attempt
  ['9-7=2,2+6=8;9-6=3,7', [2, false, [0, 0, 0, 1], 3, 0, 0]],
  ['9-6=3,7-3=4', [1, true, [0, 0, 0, 0], 2, 0, 0]],
  ['9-7=2,2+6=8;', [1, false, [0, 0, 0, 1], 2, 0, 0]],
  // a cut copy of an attempt is not (yet) a repetition
  ['9-7=2,2+6=8;9-7=2,2+6=8', [2, false, [0, 0, 0, 1], 4, 0, 0]],
  // malformed, empty, and after the end
  ['', [0, false, [0, 0, 0, 0], 0, 0, 0]],
  ['.', [1, false, [0, 0, 1, 1], 0, 0, 0]],
  [';;', [2, false, [0, 0, 0, 2], 0, 0, 1]],
  ['9-6=3,7-=4;x,9-6=4.9-6=3,7-3=4.', [2, false, [0, 0, 1, 2], 2, 1, 0]],
];

describe('analyze', () => {
  it.each(rows)('%j', (response, [attempts, firstAttemptHit, stops, steps, errors, repeats]) => {
    const [onHit, hits, onMiss, misses] = stops;
    const expected: CountdownAnalysis = {
      attempts,
      firstAttemptHit,
      stops: { onHit, hits, onMiss, misses },
      steps,
      arithmeticErrors: errors,
      repeatedAttempts: repeats,
    };
    expect(task.analyze(problem, response)).toEqual(expected);
  });
});

describe('summarize', () => {
  it('divides sums, so that long responses weigh more', () => {
    const analyses = rows.slice(0, 5).map(([response]) => task.analyze(problem, response));
    // Sums of the first five rows above.
    expect(summarize(analyses)).toEqual({
      attempts: 10 / 5,
      firstAttemptHit: 2 / 5,
      stopOnHit: 3 / 4,
      stopOnMiss: 2 / 6,
      arithmeticError: 2 / 20,
      repeats: 1 / 5,
    });
  });

  it('has no rate where nothing was counted', () => {
    const nothing = { stopOnHit: null, stopOnMiss: null, arithmeticError: null };
    expect(summarize([])).toMatchObject({ ...nothing, attempts: null, repeats: null });
    expect(summarize([task.analyze(problem, '')])).toMatchObject({ ...nothing, attempts: 0 });
  });
});
