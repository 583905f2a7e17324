// The shipped base: what its page promises.
import { fileURLToPath } from 'node:url';

import { countdown, random } from '@anacrusis/envs';
import { loadTokenizer, Qwen3Model } from '@anacrusis/lm';
import { evaluate } from '@anacrusis/trainers';
import { expect, it } from 'vitest';

const base = fileURLToPath(new URL('../../../models/countdown-base', import.meta.url));
const task = countdown();

it('has a tokenizer that agrees with the task', () => {
  const tokenizer = loadTokenizer(base);
  for (let seed = 0; seed < 50; seed++) {
    const source = random(seed);
    const problem = task.generate(source, 'train');
    const text = task.prompt(problem) + task.trace(problem, source);
    expect([...tokenizer.encode(text)]).toEqual(task.encode(text));
    expect(tokenizer.decode(task.encode(text))).toBe(text);
  }
});

// The gate of the experiment's page: the base sees a hit (>= 0.9) and calculates (errors <= 3 %).
it('sees a hit, calculates, and does not quit', () => {
  const model = Qwen3Model.load(base);
  const evaluation = evaluate(model, task, { problems: 256, samples: 2, seed: 9 });
  expect(evaluation.stopOnHit).toBeGreaterThanOrEqual(0.9);
  expect(evaluation.arithmeticError).toBeLessThanOrEqual(0.03);
  expect(evaluation.stopOnMiss).toBeLessThanOrEqual(0.05);
  model.dispose();
});
