import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { appendFileSync, rmSync, truncateSync } from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  ArgumentError,
  packageVersions,
  readConfig,
  readMetrics,
  resumeRun,
  RunDirectory,
  saveCheckpoint,
} from '@anacrusis/run';
import { CheckpointError, namedArray } from '@anacrusis/tensor';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';

import { OPTIONS, scratch, scratchRun } from './scratch.js';

const HOLD = fileURLToPath(new URL('fixtures/hold.mjs', import.meta.url));

function failure(action: () => unknown): CheckpointError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    return error as CheckpointError;
  }
  throw new Error('expected a CheckpointError');
}

function save(run: RunDirectory, step: number): void {
  const tensors = new Map([['w', namedArray(Float32Array.of(step))]]);
  saveCheckpoint(run, step, { tensors, state: { step } });
}

describe('create', () => {
  test('writes a complete configuration', () => {
    const dir = join(scratch(), 'deep', 'run');
    const config = { lr: 3e-4, clip: Infinity, layers: [1, 2], name: 'x"y', off: undefined };
    const versions = { '@anacrusis/ppo': '9.9.9' };
    const run = RunDirectory.create(dir, { ...OPTIONS, config, versions });
    onTestFinished(() => run.close());
    const written = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8'));
    expect(written).toEqual(run.config);
    expect(readConfig(dir)).toEqual(run.config);
    expect(run.config).toMatchObject({
      name: 'task',
      config: { lr: 3e-4, clip: 'Infinity', layers: [1, 2], name: 'x"y' },
      seed: 7,
      device: 'cpu',
      node: process.version,
    });
    expect(run.config.versions['@anacrusis/ppo']).toBe('9.9.9');
    const own = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(run.config.versions['@anacrusis/run']).toBe(own.version);
    expect(run.config.versions['@anacrusis/tensor']).toMatch(/^\d/);
    expect(packageVersions(import.meta.url)).toMatchObject({ '@anacrusis/run': own.version });
    expect(Math.abs(Date.parse(run.config.started) - Date.now())).toBeLessThan(60_000);
  });

  test('without a path: runs/<name>-<date>-<time>, never the same twice', () => {
    const dir = scratch();
    const before = process.cwd();
    process.chdir(dir);
    onTestFinished(() => process.chdir(before));
    const runs = [1, 2, 3].map(() => RunDirectory.create(undefined, OPTIONS));
    for (const run of runs) {
      expect(run.path).toMatch(/^runs\/task-\d{8}-\d{6}(-\d)?$/);
      run.close();
    }
    expect(new Set(readdirSync('runs')).size).toBe(3);
    expect(() => RunDirectory.create(undefined, { ...OPTIONS, name: '../x' })).toThrow(
      ArgumentError,
    );
  });

  test('refuses what it cannot use in one line that names the folder', () => {
    const dir = scratch();
    writeFileSync(join(dir, 'file'), '');
    const blocked = failure(() => RunDirectory.create(join(dir, 'file', 'run'), OPTIONS));
    expect(blocked.message).toBe(`${join(dir, 'file', 'run')}: ENOTDIR: not a directory`);
    const nowhere = failure(() => RunDirectory.create('/proc/run/deep', OPTIONS));
    expect(nowhere.message).toBe('/proc/run/deep: ENOENT: no such file or directory');
    RunDirectory.create(join(dir, 'run'), OPTIONS).close();
    const twice = failure(() => RunDirectory.create(join(dir, 'run'), OPTIONS));
    expect(twice.code).toBe('exists');
    expect(twice.message).toMatch(/already holds a run/);
    expect(existsSync(join(dir, 'run', 'lock'))).toBe(false);
    const config = { callback: () => 0 };
    expect(() => RunDirectory.create(join(dir, 'new'), { ...OPTIONS, config })).toThrow(
      'options.config.callback: expected a JSON value, received function',
    );
    expect(existsSync(join(dir, 'new'))).toBe(false);
  });
});

describe('metrics.jsonl', () => {
  test('one object a line with step and wall time; numbers that are not finite as strings', () => {
    const run = scratchRun();
    run.log(0, { 'losses/policy_loss': -0.25, ratio: NaN });
    run.log(1, { up: Infinity, down: -Infinity, ['__proto__']: 3 });
    run.log(1, {});
    const lines = readFileSync(run.metricsPath, 'utf8').split('\n');
    expect(lines.length).toBe(4);
    expect(JSON.parse(lines[0]!)).toEqual({
      step: 0,
      wall_time: expect.any(Number),
      'losses/policy_loss': -0.25,
      ratio: 'NaN',
    });
    expect(lines[1]).toMatch(/"up":"Infinity","down":"-Infinity"/);
    const rows = readMetrics(run.metricsPath);
    expect(rows[0]!['ratio']).toBeNaN();
    expect([rows[1]!['up'], rows[1]!['down']]).toEqual([Infinity, -Infinity]);
    expect(Math.abs(rows[2]!.wall_time - Date.now() / 1000)).toBeLessThan(60);
  });

  test('refuses what is not a number or takes a reserved name', () => {
    const run = scratchRun();
    expect(() => run.log(1, { loss: '1' as never })).toThrow('metrics["loss"]: expected a number');
    expect(() => run.log(1, { step: 2 })).toThrow(/another name, received step/);
    expect(() => run.log(0.5, {})).toThrow(/step: expected a whole number/);
    expect(readFileSync(run.metricsPath, 'utf8')).toBe('');
  });

  test('a line cut at any byte is removed when the run is opened again', () => {
    const run = scratchRun();
    for (const step of [1, 2]) run.log(step, { loss: 1 / step });
    run.close();
    const whole = readFileSync(run.metricsPath);
    const lineEnd = whole.indexOf(10) + 1;
    for (let size = whole.length - 1; size > lineEnd; size--) {
      truncateSync(run.metricsPath, size);
      RunDirectory.open(run.path).close();
      expect(readFileSync(run.metricsPath)).toEqual(whole.subarray(0, lineEnd));
      writeFileSync(run.metricsPath, whole);
    }
    appendFileSync(run.metricsPath, Buffer.alloc(50));
    RunDirectory.open(run.path).close();
    expect(readFileSync(run.metricsPath)).toEqual(whole);
  });
});

describe('resume', () => {
  test('returns to the last whole checkpoint and forgets what was logged after it', () => {
    const run = scratchRun();
    for (let step = 1; step <= 9; step++) {
      run.log(step, { loss: 1 / step });
      if (step % 3 === 0) save(run, step);
    }
    run.close();
    appendFileSync(run.metricsPath, '{"step":10,"wall');
    writeFileSync(join(run.path, 'checkpoints', 'step-000000009', 'state.json'), '{"step":8}');
    const resumed = resumeRun(run.path);
    onTestFinished(() => resumed.run.close());
    expect(resumed.checkpoint).toMatchObject({ step: 6, state: { step: 6 } });
    expect(resumed.removedMetrics).toBe(3);
    expect(resumed.skipped).toMatchObject([{ code: 'corrupt' }]);
    resumed.run.log(7, { loss: 70 });
    const rows = readMetrics(resumed.run.metricsPath);
    expect(rows.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(rows.at(-1)!['loss']).toBe(70);
    const events = readdirSync(run.path).filter((name) => name.startsWith('events.'));
    expect(events.length).toBe(2);
  });

  test('without a whole checkpoint it refuses and leaves the run as it was', () => {
    const run = scratchRun();
    run.log(1, { loss: 1 });
    save(run, 1);
    rmSync(join(run.path, 'checkpoints', 'step-000000001', 'tensors.safetensors'));
    run.close();
    const error = failure(() => resumeRun(run.path));
    expect(error.code).toBe('incomplete');
    expect(error.message).toMatch(/no checkpoint.*step-000000001: lacks tensors.safetensors/);
    expect(readMetrics(run.metricsPath).length).toBe(1);
    RunDirectory.open(run.path).close();
  });

  test('refuses a folder without a run, and a damaged configuration', () => {
    const dir = scratch();
    expect(failure(() => resumeRun(dir)).message).toBe(`${dir}: holds no run (no config.json)`);
    expect(failure(() => resumeRun(join(dir, 'absent'))).code).toBe('notFound');
    for (const text of ['', '{', 'null', '[]', '{"name":1}']) {
      writeFileSync(join(dir, 'config.json'), text);
      expect(failure(() => RunDirectory.open(dir)).code).toBe('corrupt');
    }
  });

  test('leftovers of killed saves are cleared', () => {
    const run = scratchRun();
    save(run, 1);
    run.close();
    mkdirSync(join(run.path, 'checkpoints', '.saving-1', 'x'), { recursive: true });
    mkdirSync(join(run.path, 'checkpoints', '.removing-step-000000000'));
    resumeRun(run.path).run.close();
    expect(readdirSync(join(run.path, 'checkpoints'))).toEqual(['step-000000001']);
  });
});

describe('writeText', () => {
  test('writes in one step, only inside the run', () => {
    const run = scratchRun();
    const outside = join(scratch(), 'outside');
    symlinkSync(outside, join(run.path, 'curve.svg'));
    run.writeText('curve.svg', '<svg/>');
    expect(readFileSync(join(run.path, 'curve.svg'), 'utf8')).toBe('<svg/>');
    expect(existsSync(outside)).toBe(false);
    for (const name of ['../x', 'a/b', '.hidden', '', '/etc/x']) {
      expect(() => run.writeText(name, '')).toThrow(ArgumentError);
    }
  });
});

describe('one writer', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  async function hold(dir: string): Promise<[ChildProcess, string]> {
    const child = spawn(process.execPath, [HOLD, dir], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const answer = await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve));
    return [child, answer.toString().trim()];
  }

  test('a second one is refused while the first lives, and takes over when it is gone', async () => {
    const run = scratchRun();
    expect(failure(() => RunDirectory.open(run.path)).code).toBe('locked');
    expect((await hold(run.path))[1]).toBe('locked');
    run.close();
    const [child, answer] = await hold(run.path);
    expect(answer).toBe('held');
    const error = failure(() => RunDirectory.open(run.path));
    expect(error.code).toBe('locked');
    expect(error.message).toMatch(new RegExp(`process ${child.pid} is writing`));
    const gone = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGKILL');
    await gone;
    RunDirectory.open(run.path).close();
    expect(existsSync(join(run.path, 'lock'))).toBe(false);
  });

  test('of many that find a stale lock exactly one gets the run', async () => {
    const run = scratchRun();
    run.close();
    for (let round = 0; round < 4; round++) {
      const lock = { pid: 2 ** 22 + 1, host: (await import('node:os')).hostname(), started: null };
      writeFileSync(join(run.path, 'lock'), JSON.stringify(lock));
      const answers = await Promise.all([1, 2, 3, 4, 5].map(() => hold(run.path)));
      expect(answers.map(([, answer]) => answer).toSorted()).toEqual([
        'held',
        'locked',
        'locked',
        'locked',
        'locked',
      ]);
      await Promise.all(
        answers.map(([child]) => {
          const gone = new Promise((resolve) => child.on('close', resolve));
          child.kill('SIGKILL');
          return gone;
        }),
      );
    }
  });

  test('a later process with the number of the old owner does not keep the run locked', () => {
    const run = scratchRun();
    const lock = join(run.path, 'lock');
    const owner = JSON.parse(readFileSync(lock, 'utf8'));
    run.close();
    writeFileSync(lock, JSON.stringify({ ...owner, started: 'another-boot/1' }));
    RunDirectory.open(run.path).close();
    writeFileSync(lock, JSON.stringify({ ...owner, host: 'elsewhere' }));
    expect(failure(() => RunDirectory.open(run.path)).message).toMatch(/on elsewhere/);
    writeFileSync(lock, 'not JSON');
    RunDirectory.open(run.path).close();
  });

  test('an owner that lost the run does not commit', () => {
    const run = scratchRun();
    save(run, 1);
    writeFileSync(join(run.path, 'lock'), '{}');
    expect(failure(() => save(run, 2)).code).toBe('locked');
    expect(readdirSync(join(run.path, 'checkpoints'))).toEqual(['step-000000001']);
  });
});
