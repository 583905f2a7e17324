// Resume: N steps + resume + M steps must equal N + M steps bit for bit, whatever N (an identity).
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { latestCheckpoint, readMetrics } from '@anacrusis/run';
import { postTrain, type PostTrainOptions } from '@anacrusis/trainers';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'anacrusis-post-train-'));
const base = fileURLToPath(new URL('../../../models/countdown-base', import.meta.url));

const small: Partial<PostTrainOptions> = {
  ...{ model: base, prompts: 5, groupSize: 6, evalEvery: 2, checkpointEvery: 3 },
  ...{ evalProblems: 8, evalSamples: 2 },
};

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
  it('continues bit for bit from any step', async () => {
    const total = 5;
    const whole = await run('whole', { steps: total });
    for (let n = 1; n < total; n++) {
      const part = await run(`part-${n}`, { steps: n });
      const rest = await postTrain({ resume: part.run_dir, steps: total }, { output: null });
      expect(rest.steps).toBe(total);
      expect(bits(part.run_dir), `resumed after ${n}`).toEqual(bits(whole.run_dir));
      expect(learning(part.run_dir)).toEqual(learning(whole.run_dir));
      expect(rest.before).toEqual(whole.before);
      expect(rest.after).toEqual(whole.after);
    }
  });

  it('gives other weights for another seed and for another credit rule', async () => {
    const first = bits((await run('one', { steps: 2 })).run_dir);
    expect(bits((await run('two', { steps: 2, seed: 2 })).run_dir)).not.toEqual(first);
    expect(bits((await run('three', { steps: 2, credit: 'none' })).run_dir)).not.toEqual(first);
  });

  it.each([
    { credit: 'local', select: 'random' },
    { credit: 'local', select: 'entropy' },
    { credit: 'coupled', select: 'bottom' },
    { credit: 'global', rowAlignment: 'predict' },
    { credit: 'coupled', preset: 'v1' },
  ] as const)('runs with %o', async (options) => {
    const { run_dir } = await run(JSON.stringify(options).replaceAll(/\W+/g, '-'), {
      steps: 1,
      ...options,
    });
    const metrics = readMetrics(join(run_dir, 'metrics.jsonl'))[0]!;
    expect(metrics['attention/credit_mean']).toBeGreaterThanOrEqual(1);
    expect(metrics['losses/grad_norm']).toBeGreaterThan(0);
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
    expect(config).toMatchObject({ seed: 1, config: { credit: 'global', prompts: 5, lr: 1e-3 } });
    expect(Object.keys(config['versions'] as object).length).toBeGreaterThan(0);
  });

  it('refuses options that make no sense, before anything is written', async () => {
    await expect(run('bad', { steps: -3 })).rejects.toThrow(
      /steps: expected a whole number >= 1, received -3/,
    );
    await expect(run('bad', { credit: 'glory' as never })).rejects.toThrow(
      /credit: expected one of 'none'/,
    );
    await expect(run('bad', { stpes: 3 } as never)).rejects.toThrow(
      /stpes: expected a known option/,
    );
    expect(readdirSync(folder)).not.toContain('bad');
  });

  it('refuses a model folder that is not there, and a run directory that is taken', async () => {
    await expect(run('no-model', { model: join(folder, 'nothing') })).rejects.toThrow(/nothing/);
    await expect(run('files', { steps: 1 })).rejects.toThrow(/already holds a run/);
  });
});
