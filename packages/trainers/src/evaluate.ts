import { summarize, type Countdown, type CountdownProblem } from '@anacrusis/envs';
import type { Qwen3Model } from '@anacrusis/lm';
import { rollout, type Rollout } from './rollout.js';

export interface EvaluateOptions {
  /** Held-out problems. */
  problems: number;
  /** Responses per problem. */
  samples: number;
  seed: number;
  temperature?: number;
  greedy?: boolean;
}

/** Shares over all responses to the held-out problems; null where nothing was there to be counted. */
export interface Evaluation {
  /** Share of right responses. */
  accuracy: number;
  /** Half the width of the 95 % interval of the accuracy, problems taken as the independent units. */
  interval: number;
  firstAttemptHit: number | null;
  stopOnHit: number | null;
  stopOnMiss: number | null;
  arithmeticError: number | null;
  attempts: number | null;
  repeats: number | null;
  /** Mean number of response tokens. */
  tokens: number;
  rollouts: Rollout<CountdownProblem>[];
}

/** Streams of evaluation, far from those of training. */
const FIRST_STREAM = 2 ** 30;

function halfWidth(rewards: number[], samples: number): number {
  const problems = rewards.length / samples;
  const means = Array.from({ length: problems }, (_, p) => {
    const own = rewards.slice(p * samples, (p + 1) * samples);
    return own.reduce((a, b) => a + b, 0) / samples;
  });
  const mean = means.reduce((a, b) => a + b, 0) / problems;
  const variance = means.reduce((a, m) => a + (m - mean) ** 2, 0) / Math.max(1, problems - 1);
  return 1.96 * Math.sqrt(variance / problems);
}

/** Samples responses to held-out problems and takes them apart. */
export function evaluate(model: Qwen3Model, task: Countdown, options: EvaluateOptions): Evaluation {
  const { problems, samples, seed, temperature = 1, greedy = false } = options;
  const rollouts = rollout(model, task, task.heldOut(problems), {
    ...{ samples, seed, temperature, greedy },
    firstStream: FIRST_STREAM,
    maxNewTokens: task.maxResponseTokens,
  });
  const rewards = rollouts.map(({ reward }) => reward);
  const { attempts, firstAttemptHit, stopOnHit, stopOnMiss, arithmeticError, repeats } = summarize(
    rollouts.map(({ problem, text }) => task.analyze(problem, text)),
  );
  const total = rollouts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  return {
    accuracy: rewards.reduce((a, b) => a + b, 0) / rewards.length,
    interval: halfWidth(rewards, samples),
    ...{ firstAttemptHit, stopOnHit, stopOnMiss, arithmeticError, attempts, repeats },
    tokens: total / rollouts.length,
    rollouts,
  };
}

/** The shares as metrics of a run, in slash form; those that were not counted are left out. */
export function evaluationMetrics(evaluation: Evaluation): Record<string, number> {
  const { rollouts: _, interval: __, ...shares } = evaluation;
  const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  const counted = Object.entries(shares).filter(
    (entry): entry is [string, number] => entry[1] !== null,
  );
  return Object.fromEntries(counted.map(([name, value]) => [`eval/${snake(name)}`, value]));
}
