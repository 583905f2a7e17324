// GRPO with credit by the model's own attention rhythm (2402.03300, 2510.13554), one step after another:
// sample groups of responses, score them, read the attention of the very pass that trains, shape the
// advantages by it, take one clipped policy-gradient step.
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { countdown, random, type Countdown, type CountdownProblem } from '@anacrusis/envs';
import { Qwen3Model } from '@anacrusis/lm';
import { normalizeAdvantages, policyLoss, type Aggregation } from '@anacrusis/ppo';
import {
  onInterrupt,
  packageVersions,
  Progress,
  readConfig,
  resumeRun,
  RunDirectory,
  saveCheckpoint,
  type Checkpoint,
  type Json,
} from '@anacrusis/run';
import {
  AdamW,
  ArgumentError,
  backward,
  chooseDevice,
  clipFactor,
  gradNorm,
  mean,
  RandomStream,
  scope,
  tensor,
  tokenLogProbs,
  type DeviceName,
  type Tensor,
  type TypedArray,
} from '@anacrusis/tensor';
import {
  checkOptions,
  decayRates,
  oneOf,
  optional,
  real,
  text,
  whole,
  type OptionRule,
} from './check-options.js';
import { Clock } from './clock.js';
import { accuracySvg } from './curve.js';
import { evaluate, evaluationMetrics, type Evaluation } from './evaluate.js';
import { packSequences, type Packed } from './pack.js';
import { shapeByRhythm, tapLayers, type CreditOptions } from './rhythm.js';
import type { Output } from './output.js';
import { rollout, type Rollout } from './rollout.js';
import { packState, restoreState } from './state.js';

export interface PostTrainOptions extends CreditOptions {
  /** Folder of the model to start from. */
  model: string;
  /** What the model is trained on. */
  task: 'countdown';
  /** Optimiser steps. */
  steps: number;
  /** Problems per step. */
  prompts: number;
  /** Responses per problem, normalised against each other. */
  groupSize: number;
  /** Learning rate, constant. */
  lr: number;
  /** Decay rates of AdamW's two moments. */
  betas: readonly [number, number];
  /** Decoupled weight decay of the matrices. */
  weightDecay: number;
  /** Gradients of a larger norm are scaled down to it. */
  maxGradNorm: number;
  /** The ratio of probabilities is clipped below 1 - clipLow. */
  clipLow: number;
  /** The ratio of probabilities is clipped above 1 + clipHigh. */
  clipHigh: number;
  /** How losses of tokens become the loss of the batch. */
  aggregation: Aggregation;
  /** Divisor of the logits, in sampling and in training. */
  temperature: number;
  /** Longest response, in tokens. */
  maxNewTokens: number;
  /** Where the model is: cpu, cuda, cuda:N, or auto: CUDA where it works. */
  device: string;
  /** Seed of problems, sampling and controls. */
  seed: number;
  /** Steps between evaluations on held-out problems (one response each). */
  evalEvery: number;
  /** Held-out problems of an evaluation. */
  evalProblems: number;
  /** Responses per held-out problem before and after. */
  evalSamples: number;
  /** Steps between checkpoints. */
  checkpointEvery: number;
  /** Folder of the run; made up from the time when left out. */
  runDir?: string | undefined;
  /** Folder of a run to continue; its options hold, `steps` may be raised. */
  resume?: string | undefined;
}

const rules: Record<keyof PostTrainOptions, OptionRule> = {
  ...{ model: text, task: oneOf('countdown'), runDir: optional(text), resume: optional(text) },
  ...{ steps: whole(1), prompts: whole(1), groupSize: whole(2), maxNewTokens: whole(1) },
  ...{ lr: real(0), betas: decayRates, weightDecay: real(0), maxGradNorm: real(0, Infinity, true) },
  ...{ clipLow: real(0, 1), clipHigh: real(0), temperature: real(0, Infinity, true) },
  aggregation: oneOf(
    'token-mean',
    'seq-mean-token-mean',
    'seq-mean-token-sum',
    'seq-mean-token-sum-norm',
  ),
  credit: oneOf('none', 'local', 'global', 'coupled'),
  select: oneOf('top', 'bottom', 'random', 'entropy'),
  preset: oneOf('tiny', 'v1', 'v2'),
  rowAlignment: oneOf('input', 'predict'),
  ...{
    device: text,
    seed: whole(0),
    evalEvery: whole(1),
    evalProblems: whole(1),
    evalSamples: whole(1),
  },
  checkpointEvery: whole(1),
};

export const postTrainDefaults: PostTrainOptions = {
  model: 'models/countdown-base',
  task: 'countdown',
  steps: 240,
  prompts: 32,
  groupSize: 8,
  lr: 1e-3,
  betas: [0.9, 0.95],
  weightDecay: 0,
  maxGradNorm: 1,
  clipLow: 0.2,
  clipHigh: 0.2,
  aggregation: 'token-mean',
  temperature: 1,
  maxNewTokens: 48,
  credit: 'coupled',
  select: 'top',
  preset: 'tiny',
  rowAlignment: 'input',
  device: 'cpu',
  seed: 1,
  evalEvery: 10,
  evalProblems: 256,
  evalSamples: 4,
  checkpointEvery: 20,
};

/** The figures of an evaluation, and one response to be shown. */
export interface Snapshot {
  accuracy: number;
  /** Half the width of the 95 % interval. */
  interval: number;
  stopOnHit: number | null;
  stopOnMiss: number | null;
  firstAttemptHit: number | null;
  /** The first response to the first held-out problem. */
  sample: { prompt: string; response: string };
}

/** What a run leaves besides its folder. */
export interface PostTrainResult {
  task: string;
  steps: number;
  seconds: number;
  cpuSeconds: number;
  before: Snapshot;
  after: Snapshot;
  sample_tokens_per_s: number;
  train_tokens_per_s: number;
  run_dir: string;
  /** The model before and after, as Hugging Face folders. */
  base_dir: string;
  model_dir: string;
  /** A signal ended the loop; the run can be resumed. */
  interrupted: boolean;
}

type Rollouts = Rollout<CountdownProblem>[];

/** Problems of a step: a function of seed and step alone, so that a resumed run sees the same. */
function problemsOf(task: Countdown, o: PostTrainOptions, step: number): CountdownProblem[] {
  return Array.from({ length: o.prompts }, (_, i) =>
    task.generate(random(o.seed, step, i), 'train'),
  );
}

/** Group-relative advantages (GRPO): rewards less the group's mean, by the group's deviation. */
function groupAdvantages(rollouts: Rollouts, o: PostTrainOptions): Float32Array {
  const rewards = tensor(Float32Array.from(rollouts, ({ reward }) => reward));
  const groupIds = tensor(Int32Array.from(rollouts, (_, i) => Math.floor(i / o.groupSize)));
  return normalizeAdvantages({ rewards, groupIds, mean: 'group', std: 'group' }).f32.slice();
}

/** What the update reads: the rollouts whose advantage is not zero, packed. */
interface Batch {
  packed: Packed;
  /** Per response token. */
  advantages: Float32Array;
  oldLogp: Float32Array;
  /** Response tokens of all rollouts, those of zero advantage included. */
  tokens: number;
  /** What the loss is divided by, over all rollouts: see `Aggregation`. */
  denominator: number;
}

/** The global denominator of an aggregation; the norm constant is the longest response. */
function denominatorOf(rollouts: Rollouts, tokens: number, o: PostTrainOptions): number {
  if (o.aggregation === 'token-mean') return tokens;
  const norm = o.aggregation === 'seq-mean-token-sum-norm' ? o.maxNewTokens : 1;
  return rollouts.length * norm;
}

function makeBatch(rollouts: Rollouts, advantages: Float32Array, o: PostTrainOptions): Batch {
  const tokens = rollouts.reduce((total, r) => total + r.tokens.length, 0);
  const kept = rollouts.flatMap((r, i) =>
    advantages[i] === 0 ? [] : [{ r, advantage: advantages[i]! }],
  );
  const packed = packSequences(
    kept.map(({ r }) => ({ ids: [...r.prompt, ...r.tokens], promptLength: r.prompt.length })),
  );
  return {
    packed,
    advantages: Float32Array.from(
      kept.flatMap(({ r, advantage }) => Array.from(r.tokens, () => advantage)),
    ),
    oldLogp: Float32Array.from(kept.flatMap(({ r }) => [...r.logps])),
    tokens,
    denominator: denominatorOf(rollouts, tokens, o),
  };
}

/** One clipped policy-gradient step; returns the metrics of the step. */
function update(
  model: Qwen3Model,
  optimizer: AdamW,
  { packed, advantages, oldLogp, denominator }: Batch,
  o: PostTrainOptions,
  rng: RandomStream,
): Record<string, number> {
  return scope(() => {
    const { logits, taps } = model.forward({
      ids: tensor(packed.ids),
      offsets: tensor(packed.offsets),
      rows: tensor(packed.rows),
      taps: { layers: o.credit === 'none' ? [] : tapLayers(model.config.numHiddenLayers, o) },
    });
    const here = (data: TypedArray): Tensor => tensor(data, undefined, model);
    const targets = here(packed.targets);
    const { logp, entropy } = tokenLogProbs({ logits, targets, temperature: o.temperature });
    const shaped = shapeByRhythm(here(advantages), taps, packed, entropy, o, rng);
    const { loss, metrics } = policyLoss({
      logp,
      oldLogp: here(oldLogp),
      advantages: shaped.advantages,
      mask: here(new Uint8Array(advantages.length).fill(1)),
      offsets: tensor(packed.responseOffsets),
      clipLow: o.clipLow,
      clipHigh: o.clipHigh,
      aggregation: o.aggregation,
      denominator,
    });
    optimizer.zeroGrad();
    backward(loss);
    const norm = gradNorm(model.parameters().values());
    optimizer.step(clipFactor(norm, o.maxGradNorm));
    return {
      'losses/policy_loss': loss.item(),
      'losses/approx_kl': metrics.approxKl,
      'losses/clip_frac': metrics.clipFrac,
      'losses/entropy': mean(entropy).item(),
      'losses/grad_norm': norm,
      ...shaped.metrics,
    };
  });
}

function snapshot(evaluation: Evaluation, task: Countdown): Snapshot {
  const { accuracy, interval, stopOnHit, stopOnMiss, firstAttemptHit, rollouts } = evaluation;
  const { problem, text } = rollouts[0]!;
  const sample = { prompt: task.prompt(problem), response: text };
  return { accuracy, interval, stopOnHit, stopOnMiss, firstAttemptHit, sample };
}

/** Defaults, under those recorded by the run that is resumed, under those given. */
function settle(given: Partial<PostTrainOptions>): PostTrainOptions {
  const defined = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const recorded = given.resume === undefined ? {} : readConfig(given.resume).config;
  const o: PostTrainOptions = { ...postTrainDefaults, ...recorded, ...defined };
  checkOptions('postTrain', o, rules);
  if (o.model === postTrainDefaults.model && !existsSync(o.model)) {
    const expected = `the folder of a model: ${o.model} is there in a clone of the repository only`;
    const details = { op: 'postTrain', parameter: 'model', expected, received: 'nothing' };
    throw new ArgumentError({ code: 'ERR_MISSING', ...details });
  }
  return { ...o, model: resolve(o.model) };
}

/** A new run, or an old one at its last checkpoint. */
function openRun(
  o: PostTrainOptions,
  device: DeviceName,
): { run: RunDirectory; checkpoint?: Checkpoint } {
  if (o.resume !== undefined) return resumeRun(o.resume);
  const { runDir, resume: _, ...config } = o;
  const versions = packageVersions(import.meta.url);
  const description = { name: `post-train-${o.task}`, config, seed: o.seed, device };
  return { run: RunDirectory.create(runDir, { ...description, versions }) };
}

/**
 * Post-trains a model on Countdown.
 * @throws ArgumentError for an option that makes no sense; DeviceError for a device that cannot be used
 * @throws CheckpointError for a model or run directory that cannot be read or written
 */
export async function postTrain(
  given: Partial<PostTrainOptions> = {},
  { output = process.stdout }: Output = {},
): Promise<PostTrainResult> {
  const task = countdown();
  const o = settle(given);
  const { device } = chooseDevice(o.device);
  using model = Qwen3Model.load(o.model, { device });
  const { run, checkpoint } = openRun(o, device);
  using optimizer = new AdamW(model.parameters(), o);
  const full = { problems: o.evalProblems, samples: o.evalSamples, seed: o.seed };
  const resumedBefore =
    checkpoint && (restoreState(checkpoint, model, optimizer) as unknown as Snapshot);
  const before = resumedBefore ?? snapshot(evaluate(model, task, full), task);
  const first = checkpoint?.step ?? 0;
  const clock = new Clock();
  using interrupt = onInterrupt();
  const label = 'post-train';
  const display = { label, total: o.steps, start: first, unit: 'tokens' };
  const progress = output && new Progress({ ...display, stream: output });
  let step = first;
  while (step < o.steps && !interrupt.requested) {
    step++;
    const rollouts = clock.time('sample', () => {
      const streams = { seed: o.seed, firstStream: step * o.prompts * o.groupSize };
      const settings = {
        samples: o.groupSize,
        temperature: o.temperature,
        maxNewTokens: o.maxNewTokens,
      };
      return rollout(model, task, problemsOf(task, o, step), { ...streams, ...settings });
    });
    const reward = rollouts.reduce((total, r) => total + r.reward, 0) / rollouts.length;
    const batch = makeBatch(
      rollouts,
      scope(() => groupAdvantages(rollouts, o)),
      o,
    );
    const rng = new RandomStream(o.seed, `credit/${step}`);
    const learned =
      batch.advantages.length === 0
        ? {}
        : clock.time('train', () => update(model, optimizer, batch, o, rng));
    clock.count('sample', batch.tokens);
    clock.count('train', batch.packed.ids.length);
    const tokens = batch.tokens / rollouts.length;
    run.log(step, {
      'rollout/reward': reward,
      'rollout/tokens': tokens,
      ...learned,
      ...clock.rates(),
    });
    if (step % o.evalEvery === 0) {
      run.log(step, evaluationMetrics(evaluate(model, task, { ...full, samples: 1 })));
    }
    progress?.update(step, { reward }, clock.tokens('sample'));
    await interrupt.poll();
    if (step % o.checkpointEvery === 0 || step === o.steps || interrupt.requested) {
      saveCheckpoint(run, step, packState(model, optimizer, before as unknown as Json));
    }
  }
  progress?.close();
  const after = snapshot(evaluate(model, task, full), task);
  const modelDir = join(run.path, 'model');
  rmSync(modelDir, { recursive: true, force: true });
  model.save(modelDir);
  run.writeText('curve.svg', accuracySvg(run, `Countdown, credit ${o.credit}`));
  run.close();
  const speeds = clock.rates();
  return {
    ...{ task: o.task, steps: step, ...clock.elapsed(), before, after },
    sample_tokens_per_s: speeds['perf/sample_tokens_per_s'],
    train_tokens_per_s: speeds['perf/train_tokens_per_s'],
    ...{ run_dir: run.path, base_dir: o.model, model_dir: modelDir },
    interrupted: step < o.steps,
  };
}
