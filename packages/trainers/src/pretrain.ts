// Supervised warm start: makes the base model of Countdown from random traces of a clean searcher.
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { countdown, random, type Countdown } from '@anacrusis/envs';
import { qwen3Config, Qwen3Model, type Qwen3Config } from '@anacrusis/lm';
import {
  onInterrupt,
  packageVersions,
  Progress,
  readConfig,
  resumeRun,
  RunDirectory,
  saveCheckpoint,
} from '@anacrusis/run';
import {
  AdamW,
  backward,
  chooseDevice,
  clipFactor,
  gradNorm,
  mul,
  scope,
  sum,
  tensor,
  tokenLogProbs,
} from '@anacrusis/tensor';
import { checkOptions, optional, real, text, whole, type OptionRule } from './check-options.js';
import { accuracySvg } from './curve.js';
import { evaluate, evaluationMetrics, type Evaluation } from './evaluate.js';
import type { Output } from './output.js';
import { packSequences, type Packed } from './pack.js';
import { packState, restoreState } from './state.js';
import { generationConfigJson, tokenizerJson } from './tokenizer-json.js';

export interface PretrainOptions {
  /** Optimiser steps. */
  steps: number;
  /** Traces per step. */
  rows: number;
  /** Highest learning rate. */
  lr: number;
  /** Steps over which the rate rises from 0. */
  warmup: number;
  /** Share of the steps, at the end, over which the rate falls linearly to `finalLr` times itself. */
  decay: number;
  /** Share of the highest rate that is left at the end. */
  finalLr: number;
  /** Decoupled weight decay of the matrices. */
  weightDecay: number;
  /** Gradients of a larger norm are scaled down to it. */
  maxGradNorm: number;
  /** Probability that an attempt of a trace is a solution. */
  solutionProbability: number;
  /** Where the model is: cpu, cuda, cuda:N, or auto: CUDA where it works. */
  device: string;
  /** Seed of the weights, the problems and the traces. */
  seed: number;
  /** Steps between evaluations. */
  evalEvery: number;
  /** Steps between checkpoints. */
  checkpointEvery: number;
  /** Folder of the run; made up from the time when left out. */
  runDir?: string | undefined;
  /** Folder of a run to continue. */
  resume?: string | undefined;
}

const rules: Record<keyof PretrainOptions, OptionRule> = {
  ...{ steps: whole(1), rows: whole(1), lr: real(0), warmup: whole(1), decay: real(0, 1) },
  ...{ finalLr: real(0, 1), weightDecay: real(0), maxGradNorm: real(0, Infinity, true) },
  ...{ solutionProbability: real(0, 1), device: text, seed: whole(0), evalEvery: whole(1) },
  ...{ checkpointEvery: whole(1), runDir: optional(text), resume: optional(text) },
};

export const pretrainDefaults: PretrainOptions = {
  steps: 2150,
  rows: 32,
  lr: 4e-3,
  warmup: 50,
  decay: 0.4,
  finalLr: 0.05,
  weightDecay: 0.01,
  maxGradNorm: 1,
  solutionProbability: 0.3,
  device: 'cpu',
  seed: 1,
  evalEvery: 215,
  checkpointEvery: 215,
};

/** About 0.19 M parameters: three layers of width 64, four query and two key heads of size 32. */
export function countdownConfig(task: Countdown): Qwen3Config {
  return qwen3Config({
    vocabSize: task.vocabulary().length,
    hiddenSize: 64,
    intermediateSize: 192,
    numHiddenLayers: 3,
    numAttentionHeads: 4,
    numKeyValueHeads: 2,
    headDim: 32,
    maxPositionEmbeddings: 128,
    rmsNormEps: 1e-6,
    ropeTheta: 10_000,
    tieWordEmbeddings: true,
  });
}

/** What a run leaves besides its folder. */
export interface PretrainResult {
  task: string;
  steps: number;
  seconds: number;
  tokens: number;
  evaluation: Evaluation;
  run_dir: string;
  model_dir: string;
  /** A signal ended the loop; the run can be resumed. */
  interrupted: boolean;
}

/** Rate of a step: linear rise, plateau, linear fall. */
function learningRate(o: PretrainOptions, step: number): number {
  const decaySteps = o.decay * o.steps;
  const left = decaySteps === 0 ? 1 : Math.min(1, (o.steps - step) / decaySteps);
  return o.lr * Math.min(1, step / o.warmup) * (o.finalLr + (1 - o.finalLr) * left);
}

/** Traces of one step, packed; every token but a sequence's last predicts the next. */
function packTraces(task: Countdown, o: PretrainOptions, step: number): Packed {
  const sequences = Array.from({ length: o.rows }, (_, row) => {
    const source = random(o.seed, step, row);
    const problem = task.generate(source, 'train');
    const prompt = task.prompt(problem);
    const trace = task.trace(problem, source, { solutionProbability: o.solutionProbability });
    const ids = task.encode(prompt + trace);
    return { ids, promptLength: task.encode(prompt).length };
  });
  return packSequences(sequences);
}

/** Tokens of a typical trace, prompt left out: the constant denominator of the loss, per row. */
const TYPICAL_TRACE = 27;

/** One step of maximum likelihood on the response tokens; returns loss per token and gradient norm. */
function update(
  model: Qwen3Model,
  optimizer: AdamW,
  batch: Packed,
  o: PretrainOptions,
): { loss: number; norm: number } {
  return scope(() => {
    const { logits } = model.forward({
      ids: tensor(batch.ids),
      offsets: tensor(batch.offsets),
      rows: tensor(batch.rows),
    });
    const { logp } = tokenLogProbs({ logits, targets: tensor(batch.targets, undefined, model) });
    // A constant denominator: a mean per batch would overweight the tokens of short traces.
    const loss = mul(sum(logp), -1 / (o.rows * TYPICAL_TRACE));
    optimizer.zeroGrad();
    backward(loss);
    const norm = gradNorm(model.parameters().values());
    optimizer.step(clipFactor(norm, o.maxGradNorm));
    const total = (logp.read() as Float32Array).reduce((a, b) => a + b, 0);
    return { loss: -total / batch.rows.length, norm };
  });
}

/** Trains the base model; leaves it in `<run>/model`, in the layout of Hugging Face. */
export async function pretrain(
  options: Partial<PretrainOptions> = {},
  { output = process.stdout }: Output = {},
): Promise<PretrainResult> {
  const task = countdown();
  const recorded = options.resume === undefined ? {} : readConfig(options.resume).config;
  const o: PretrainOptions = { ...pretrainDefaults, ...recorded, ...options };
  checkOptions('pretrain', o, rules);
  const { device } = chooseDevice(o.device);
  using model = Qwen3Model.random(countdownConfig(task), o.seed, { device });
  model.companions.set('tokenizer.json', tokenizerJson(task));
  model.companions.set('generation_config.json', generationConfigJson(task));
  using optimizer = new AdamW(model.parameters(), {
    lr: o.lr,
    betas: [0.9, 0.95],
    weightDecay: o.weightDecay,
  });
  const { runDir, resume, ...config } = o;
  const resumed = resume === undefined ? null : resumeRun(resume);
  const description = { name: 'pretrain', config, seed: o.seed, device };
  const versions = packageVersions(import.meta.url);
  const run = resumed?.run ?? RunDirectory.create(runDir, { ...description, versions });
  if (resumed) restoreState(resumed.checkpoint, model, optimizer);
  const first = resumed ? resumed.checkpoint.step + 1 : 1;
  const started = performance.now();
  using interrupt = onInterrupt();
  const display = { label: 'pretrain', total: o.steps, start: first - 1, unit: 'tokens' };
  const progress = output && new Progress({ ...display, stream: output });
  let tokens = 0;
  let step = first - 1;
  while (step < o.steps) {
    step++;
    optimizer.lr = learningRate(o, step);
    const batch = packTraces(task, o, step);
    const { loss, norm } = update(model, optimizer, batch, o);
    tokens += batch.ids.length;
    run.log(step, { 'losses/nll': loss, 'losses/grad_norm': norm, 'charts/lr': optimizer.lr });
    progress?.update(step, { loss }, tokens);
    const stop = await interrupt.poll();
    if (step % o.evalEvery === 0) {
      const small = evaluate(model, task, { problems: 256, samples: 1, seed: o.seed });
      run.log(step, evaluationMetrics(small));
    }
    if (step % o.checkpointEvery === 0 || stop || step === o.steps) {
      saveCheckpoint(run, step, packState(model, optimizer, null));
    }
    if (stop) break;
  }
  progress?.close();
  const evaluation = evaluate(model, task, { problems: 256, samples: 4, seed: o.seed });
  const modelDir = join(run.path, 'model');
  rmSync(modelDir, { recursive: true, force: true });
  model.save(modelDir);
  run.writeText('curve.svg', accuracySvg(run, 'Countdown: supervised warm start'));
  run.close();
  const seconds = (performance.now() - started) / 1000;
  return {
    ...{ task: task.name, steps: step, seconds, tokens, evaluation },
    run_dir: run.path,
    model_dir: modelDir,
    interrupted: step < o.steps,
  };
}
