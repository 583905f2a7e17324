import fs, { readdirSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { latestCheckpoint, RunDirectory, saveCheckpoint } from '@anacrusis/run';
import { CheckpointError, namedArray, typedArrayOf } from '@anacrusis/tensor';
import { expect, test } from 'vitest';

import { OPTIONS, scratch, scratchRun } from './scratch.js';

// Expected: after a failure anywhere the newest checkpoint is the one before or the new one, whole.

const SAVE_LOOP = fileURLToPath(new URL('fixtures/save-loop.mjs', import.meta.url));
const CHANGES = ['mkdirSync', 'openSync', 'writeSync', 'fsyncSync', 'renameSync'] as const;

/** Runs `action` with the n-th change to the file system failing; tells whether it got there. */
function withFault(nth: number, code: string, action: () => void): boolean {
  let count = 0;
  const originals = CHANGES.map((name) => fs[name]);
  CHANGES.forEach((name, i) => {
    const failing = (...args: never[]): unknown => {
      if (++count !== nth) return (originals[i] as (...args: never[]) => unknown)(...args);
      throw Object.assign(new Error(`${code}: injected, ${name} 'x'`), { code });
    };
    Object.assign(fs, { [name]: failing });
  });
  syncBuiltinESMExports();
  try {
    action();
  } finally {
    CHANGES.forEach((name, i) => Object.assign(fs, { [name]: originals[i] }));
    syncBuiltinESMExports();
  }
  return count >= nth;
}

function save(run: RunDirectory, step: number): void {
  const tensors = new Map([['w', namedArray(new Float32Array(1000).fill(step), [8, 125])]]);
  saveCheckpoint(run, step, { tensors, state: { step } });
}

/** The step of the newest checkpoint, after checking that it is of one piece. */
function wholeStep(run: RunDirectory | string): number {
  const { checkpoint, skipped } = latestCheckpoint(run);
  expect(skipped).toEqual([]);
  for (const array of checkpoint!.tensors.values()) {
    expect(new Set<number | bigint>(typedArrayOf(array))).toEqual(new Set([checkpoint!.step]));
  }
  expect(checkpoint!.state).toEqual({ step: checkpoint!.step });
  return checkpoint!.step;
}

test.each([
  ['ENOSPC', 'noSpace'],
  ['EIO', 'io'],
  ['EROFS', 'access'],
])('%s at every change of a save leaves the one before, and the next save works', (code, kind) => {
  const run = scratchRun();
  save(run, 1);
  save(run, 2);
  let last = 2;
  let nth = 1;
  for (; ; nth++) {
    let error: unknown;
    const reached = withFault(nth, code, () => {
      try {
        save(run, last + 1);
      } catch (caught) {
        error = caught;
      }
    });
    const now = wholeStep(run);
    if (error) expect(error).toMatchObject({ name: 'CheckpointError', code: kind });
    else expect(now).toBe(last + 1);
    expect([last, last + 1]).toContain(now);
    const left = readdirSync(join(run.path, 'checkpoints'));
    expect(left.filter((name) => name.startsWith('.'))).toEqual([]);
    expect(left.length).toBeGreaterThanOrEqual(2);
    save(run, now + 1);
    last = wholeStep(run);
    expect(last).toBe(now + 1);
    if (!reached) break;
  }
  // Three files (open, write, sync, rename; the tensors in more than one write), folders, the
  // reading back and the removal.
  expect(nth).toBeGreaterThan(20);
});

test('files and folder are forced to the disk before the name is given, the parent after', () => {
  const run = scratchRun();
  run.log(1, { loss: 1 });
  const log: string[] = [];
  const paths = new Map<number, string>();
  const { openSync, fsyncSync, renameSync } = fs;
  const short = (path: unknown): string =>
    String(path)
      .slice(run.path.length + 1)
      .replaceAll(String(process.pid), 'PID');
  Object.assign(fs, {
    openSync(path: string, ...rest: [never]) {
      const fd = openSync(path, ...rest);
      paths.set(fd, short(path));
      return fd;
    },
    fsyncSync(fd: number) {
      if (paths.has(fd)) log.push(`sync ${paths.get(fd)}`);
      fsyncSync(fd);
    },
    renameSync(from: string, to: string) {
      log.push(`rename ${short(from)} ${short(to)}`);
      renameSync(from, to);
    },
  });
  syncBuiltinESMExports();
  try {
    save(run, 1);
  } finally {
    Object.assign(fs, { openSync, fsyncSync, renameSync });
    syncBuiltinESMExports();
  }
  const saving = 'checkpoints/.saving-PID';
  const written = ['tensors.safetensors', 'state.json', 'manifest.json'].flatMap((name) => [
    `sync ${saving}/${name}.partial-PID`,
    `rename ${saving}/${name}.partial-PID ${saving}/${name}`,
  ]);
  const tail = [
    ...written,
    `sync ${saving}`,
    `rename ${saving} checkpoints/step-000000001`,
    'sync checkpoints',
  ];
  expect(log.slice(-tail.length)).toEqual(tail);
});

test('a metric that cannot be written leaves whole lines and can be written later', () => {
  const run = scratchRun();
  run.log(1, { loss: 1 });
  expect(() => withFault(1, 'ENOSPC', () => run.log(2, { loss: 2 }))).toThrow(CheckpointError);
  run.log(2, { loss: 2 });
  const lines = fs.readFileSync(run.metricsPath, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).loss)).toEqual([1, 2]);
});

test('killed before every change of a save: the old state or the new one', () => {
  const dir = join(scratch(), 'run');
  const run = RunDirectory.create(dir, OPTIONS);
  save(run, 1);
  save(run, 2);
  run.close();
  let kills = 0;
  for (let nth = 1; ; nth++) {
    const before = wholeStep(dir);
    const child = spawnSync(process.execPath, [SAVE_LOOP, dir, String(nth)], { encoding: 'utf8' });
    const after = wholeStep(dir);
    expect([before, before + 1], child.stderr).toContain(after);
    if (child.signal !== 'SIGKILL') {
      expect(child.stderr).toBe('');
      expect([child.status, after]).toEqual([0, before + 1]);
      break;
    }
    kills++;
  }
  expect(kills).toBeGreaterThan(20);
});

test('killed 30 times at random moments: never neither, never a mix', async () => {
  const dir = join(scratch(), 'run');
  const run = RunDirectory.create(dir, OPTIONS);
  save(run, 1);
  run.close();
  let last = 1;
  let saved = 0;
  for (let kill = 0; kill < 30; kill++) {
    const child = spawn(process.execPath, [SAVE_LOOP, dir]);
    const errors: Buffer[] = [];
    child.stderr.on('data', (part: Buffer) => errors.push(part));
    const ended = new Promise((resolve) => child.on('close', resolve));
    await Promise.race([ended, new Promise((resolve) => child.stdout.once('data', resolve))]);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
    child.kill('SIGKILL');
    await ended;
    expect(Buffer.concat(errors).toString()).toBe('');
    const now = wholeStep(dir);
    expect(now).toBeGreaterThanOrEqual(last);
    saved += now - last;
    last = now;
  }
  expect(saved).toBeGreaterThan(10);
});
