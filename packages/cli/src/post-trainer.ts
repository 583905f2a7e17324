import { readConfig } from '@anacrusis/run';
import { accuracyText, postTrain, postTrainDefaults } from '@anacrusis/trainers';
import type { PostTrainOptions, PostTrainResult } from '@anacrusis/trainers';
import { join } from 'node:path';
import { beforeAndAfter } from './before-and-after.js';
import { deviceText } from './device-text.js';
import { rate } from './format.js';
import { deviceName, list, oneOf, real, text, whole, type ValueRule } from './option-values.js';
import type { Display, RulesOf, Trained, Trainer } from './trainer.js';

const rules: RulesOf<PostTrainOptions> = {
  model: text,
  task: oneOf({ countdown: true }),
  steps: whole(1),
  prompts: whole(1),
  groupSize: whole(2),
  lr: real({ from: 0 }),
  betas: list(2, real({ from: 0, below: 1 })) as ValueRule<[number, number]>,
  weightDecay: real({ from: 0 }),
  maxGradNorm: real({ above: 0 }),
  clipLow: real({ from: 0, to: 1 }),
  clipHigh: real({ from: 0 }),
  aggregation: oneOf({
    'token-mean': true,
    'seq-mean-token-mean': true,
    'seq-mean-token-sum': true,
    'seq-mean-token-sum-norm': true,
  }),
  temperature: real({ above: 0 }),
  maxNewTokens: whole(1),
  credit: oneOf({ none: true, local: true, global: true, coupled: true }),
  select: oneOf({ top: true, bottom: true, random: true, entropy: true }),
  preset: oneOf({ tiny: true, v1: true, v2: true }),
  rowAlignment: oneOf({ input: true, predict: true }),
  device: deviceName,
  seed: whole(0),
  evalEvery: whole(1),
  evalProblems: whole(1),
  evalSamples: whole(1),
  checkpointEvery: whole(1),
};

/** The options as the run will have them: typed over recorded over default. */
function effective(given: Partial<PostTrainOptions>): PostTrainOptions {
  const recorded = given.resume === undefined ? {} : readConfig(given.resume).config;
  return { ...postTrainDefaults, ...recorded, ...given };
}

function header({ model, task, credit, device }: PostTrainOptions): string {
  const where = deviceText(device);
  return `post-train  model ${model}  task ${task}  credit ${credit}  device ${where}`;
}

/** Where a gain can come from: better first attempts, or giving up less often. */
function sources({ before, after }: PostTrainResult): string {
  const change = (label: string, name: 'firstAttemptHit' | 'stopOnMiss' | 'stopOnHit'): string =>
    `${label} ${before[name]?.toFixed(3) ?? '-'} -> ${after[name]?.toFixed(3) ?? '-'}`;
  return [
    change('first-attempt hits', 'firstAttemptHit'),
    change('P(stop | miss)', 'stopOnMiss'),
    change('P(stop | hit)', 'stopOnHit'),
  ].join('  ');
}

/** Accuracy before and after, what it took, and where the run is. */
function figures(result: PostTrainResult): string {
  const { before, after, steps, seconds, run_dir: runDir } = result;
  const share = ({ accuracy, interval }: PostTrainResult['before']): string =>
    `${accuracy.toFixed(3)} ±${interval.toFixed(3)}`;
  const gain = 100 * (after.accuracy - before.accuracy);
  return [
    `accuracy ${share(before)} -> ${share(after)}`,
    `${gain < 0 ? '' : '+'}${gain.toFixed(1)} points`,
    `${steps} steps`,
    `${seconds.toFixed(1)} s`,
    `sampling ${rate(result.sample_tokens_per_s)}`,
    `training ${rate(result.train_tokens_per_s)}`,
    runDir,
  ].join('  ');
}

function summary(result: PostTrainResult): Record<string, unknown> {
  return {
    task: result.task,
    steps: result.steps,
    seconds: result.seconds,
    accuracy_before: result.before.accuracy,
    accuracy_after: result.after.accuracy,
    sample_tokens_per_s: result.sample_tokens_per_s,
    train_tokens_per_s: result.train_tokens_per_s,
    run_dir: result.run_dir,
  };
}

async function run(given: Record<string, unknown>, { say, output }: Display): Promise<Trained> {
  const options = effective(given);
  say(header(options));
  const result = await postTrain(given, { output });
  const { interrupted, run_dir: runDir } = result;
  const metrics = { metricsPath: join(runDir, 'metrics.jsonl') };
  say(`\n${accuracyText(metrics, `${result.task}: accuracy by step`)}`);
  if (!interrupted) say(beforeAndAfter(result, options, output));
  say(sources(result));
  say(figures(result));
  return { json: summary(result), interrupted, resume: `post-train --resume ${runDir}` };
}

/** `anacrusis train post-train`. */
export const postTrainer: Trainer = {
  name: 'post-train',
  summary: 'reinforcement learning on a task, with credit by attention rhythm',
  defaults: postTrainDefaults,
  rules,
  optionsInterface: 'PostTrainOptions',
  run,
};
