// Resume: N steps + resume + M steps must equal N + M steps bit for bit (an identity, no expected values).
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { countdown } from '@anacrusis/envs';
import { Qwen3Model } from '@anacrusis/lm';
import { latestCheckpoint, readMetrics } from '@anacrusis/run';
import {
  countdownConfig,
  postTrain,
  tokenizerJson,
  type PostTrainOptions,
} from '@anacrusis/trainers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'anacrusis-post-train-'));
const base = join(folder, 'base');

/** Rewards are rare under random weights: a reward for anything that ends keeps the groups mixed. */
const small: Partial<PostTrainOptions> = {
  model: base,
  prompts: 3,
  groupSize: 5,
  evalEvery: 2,
  checkpointEvery: 2,
};

beforeAll(() => {
  const task = countdown();
  const model = Qwen3Model.random(countdownConfig(task), 5);
  model.companions.set('tokenizer.json', tokenizerJson(task));
  model.save(base);
  model.dispose();
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (name: string, options: Partial<PostTrainOptions>): ReturnType<typeof postTrain> =>
  postTrain({ ...small, runDir: join(folder, name), ...options }, { output: null });

function bits(runDir: string): Map<string, string> {
  const { checkpoint } = latestCheckpoint(runDir);
  return new Map(
    [...checkpoint!.tensors].map(([name, { data }]) => [
      name,
      Buffer.from(data).toString('base64'),
    ]),
  );
}

function learning(runDir: string): unknown[] {
  return readMetrics(join(runDir, 'metrics.jsonl')).map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !/^perf|wall_time/.test(name))),
  );
}

describe('post-train', () => {
  it('continues bit for bit', async () => {
    const whole = await run('whole', { steps: 6 });
    const half = await run('half', { steps: 4 });
    const rest = await postTrain({ resume: half.run_dir, steps: 6 }, { output: null });
    expect(rest.steps).toBe(6);
    expect(bits(half.run_dir)).toEqual(bits(whole.run_dir));
    expect(learning(half.run_dir)).toEqual(learning(whole.run_dir));
    expect(rest.before.accuracy).toBe(whole.before.accuracy);
  });

  it('leaves a complete run directory', async () => {
    const { run_dir } = await run('files', { steps: 2, credit: 'global' });
    const files = readdirSync(run_dir);
    expect(files).toEqual(
      expect.arrayContaining(['config.json', 'metrics.jsonl', 'curve.svg', 'checkpoints', 'model']),
    );
    expect(files.some((file) => file.startsWith('events.out.tfevents'))).toBe(true);
    const config = JSON.parse(readFileSync(join(run_dir, 'config.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(config).toMatchObject({ seed: 1, config: { credit: 'global', prompts: 3, lr: 1e-3 } });
    expect(Object.keys(config['versions'] as object).length).toBeGreaterThan(0);
  });

  it('refuses a model folder that is not there, and a run directory that is taken', async () => {
    await expect(run('no-model', { model: join(folder, 'nothing') })).rejects.toThrow(/nothing/);
    await expect(run('files', { steps: 1 })).rejects.toThrow(/already holds a run/);
  });
});
