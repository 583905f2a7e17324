import { readConfig } from '@anacrusis/run';
import { accuracyText, pretrain, pretrainDefaults } from '@anacrusis/trainers';
import type { PretrainOptions } from '@anacrusis/trainers';
import { join } from 'node:path';
import { deviceText } from './device-text.js';
import { rate } from './format.js';
import { deviceName, real, whole } from './option-values.js';
import type { Display, RulesOf, Trained, Trainer } from './trainer.js';

const rules: RulesOf<PretrainOptions> = {
  steps: whole(1),
  rows: whole(1),
  lr: real({ from: 0 }),
  warmup: whole(0),
  decay: real({ from: 0, to: 1 }),
  finalLr: real({ from: 0, to: 1 }),
  weightDecay: real({ from: 0 }),
  maxGradNorm: real({ above: 0 }),
  solutionProbability: real({ from: 0, to: 1 }),
  device: deviceName,
  seed: whole(0),
  evalEvery: whole(1),
  checkpointEvery: whole(1),
};

async function run(given: Record<string, unknown>, { say, output }: Display): Promise<Trained> {
  const recorded = given['resume'] === undefined ? {} : readConfig(String(given['resume'])).config;
  const { device } = { ...pretrainDefaults, ...recorded, ...given } as PretrainOptions;
  say(`pretrain  task countdown  device ${deviceText(device)}`);
  const result = await pretrain(given, { output });
  const { task, steps, seconds, tokens, evaluation, run_dir: runDir, model_dir: modelDir } = result;
  const { accuracy, interval } = evaluation;
  const metrics = { metricsPath: join(runDir, 'metrics.jsonl') };
  say(`\n${accuracyText(metrics, `${task}: accuracy by step`)}`);
  say(
    `accuracy ${accuracy.toFixed(3)} ±${interval.toFixed(3)}  ${steps} steps  ` +
      `${seconds.toFixed(1)} s  ${rate(tokens / seconds)}  ${modelDir}`,
  );
  return {
    json: {
      ...{ task, steps, seconds, accuracy, train_tokens_per_s: tokens / seconds },
      ...{ run_dir: runDir, model_dir: modelDir },
    },
    interrupted: result.interrupted,
    resume: `pretrain --resume ${runDir}`,
  };
}

/** `anacrusis train pretrain`. */
export const pretrainer: Trainer = {
  name: 'pretrain',
  summary: 'supervised warm start: makes the base model of Countdown',
  defaults: pretrainDefaults,
  rules,
  optionsInterface: 'PretrainOptions',
  run,
};
