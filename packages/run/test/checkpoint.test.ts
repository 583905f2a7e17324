import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';

import {
  ArgumentError,
  latestCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  saveCheckpoint,
  verifyCheckpoint,
  type Json,
  type RunDirectory,
} from '@anacrusis/run';
import { CheckpointError, namedArray, typedArrayOf } from '@anacrusis/tensor';
import { describe, expect, test } from 'vitest';

import { scratch, scratchRun } from './scratch.js';

// Expected values are what was saved: a checkpoint either gives it back bit for bit or is refused.

const STATE = { step: 3, rng: [1, 4294967295], best: -0, task: 'zähler', nested: { on: true } };

function content(step: number, state: Json = { step }) {
  const weights = Float32Array.from({ length: 21 }, (_, i) => Math.sin(i + step));
  const tensors = new Map([
    ['w.ä', namedArray(weights, [3, 7])],
    ['rows', namedArray(BigInt64Array.of(-1n, 2n ** 60n))],
    ['half', namedArray(Uint16Array.of(0x3c00, step, 5), [3, 1], 'F16')],
  ]);
  return { tensors, state };
}

function save(run: RunDirectory, step: number, keep = 2) {
  return saveCheckpoint(run, step, content(step), { keep });
}

function names(run: RunDirectory): string[] {
  return listCheckpoints(run).map((path) => basename(path));
}

function failure(action: () => unknown): CheckpointError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    return error as CheckpointError;
  }
  throw new Error('expected a CheckpointError');
}

test('gives back every tensor and the state bit for bit', () => {
  const run = scratchRun();
  saveCheckpoint(run, 3, content(3, STATE));
  const { checkpoint, skipped } = latestCheckpoint(run.path);
  expect(skipped).toEqual([]);
  expect(checkpoint!.step).toBe(3);
  expect(checkpoint!.state).toStrictEqual(STATE);
  const saved = content(3).tensors;
  expect([...checkpoint!.tensors.keys()].toSorted()).toEqual([...saved.keys()].toSorted());
  for (const [name, array] of saved) {
    const loaded = checkpoint!.tensors.get(name)!;
    expect([loaded.dtype, loaded.shape]).toEqual([array.dtype, array.shape]);
    expect(typedArrayOf(loaded)).toEqual(typedArrayOf(array));
  }
  expect(latestCheckpoint(scratch())).toEqual({ checkpoint: undefined, skipped: [] });
});

test('a manifest names version, step, files and tensors, and ends with its own hash', () => {
  const run = scratchRun();
  const { path } = save(run, 3);
  const text = readFileSync(join(path, 'manifest.json'), 'utf8');
  const { manifest, sha256 } = JSON.parse(text);
  const body = text.slice('{"manifest":'.length, text.indexOf(',"sha256":"' + sha256));
  expect(createHash('sha256').update(body).digest('hex')).toBe(sha256);
  expect([manifest.version, manifest.step]).toEqual([1, 3]);
  expect(manifest.tensors['w.ä']).toEqual({ dtype: 'F32', shape: [3, 7] });
  for (const name of ['tensors.safetensors', 'state.json']) {
    const bytes = readFileSync(join(path, name));
    const hash = createHash('sha256').update(bytes).digest('hex');
    expect(manifest.files[name]).toEqual({ bytes: bytes.length, sha256: hash });
  }
});

test('every truncation and every single-bit flip of every file is refused, naming the file', () => {
  const run = scratchRun();
  const { path } = saveCheckpoint(run, 3, content(3, STATE));
  let variants = 0;
  let total = 0;
  const refused = (file: string): void => {
    for (const read of [loadCheckpoint, verifyCheckpoint]) {
      expect(failure(() => read(path)).file).toBe(file);
    }
    variants++;
  };
  for (const name of ['manifest.json', 'state.json', 'tensors.safetensors']) {
    const file = join(path, name);
    const bytes = readFileSync(file);
    total += bytes.length;
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(file, bytes.subarray(0, length));
      refused(file);
    }
    writeFileSync(file, Buffer.concat([bytes, Buffer.from(' ')]));
    refused(file);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(file, flipped);
      refused(file);
    }
    writeFileSync(file, bytes);
  }
  expect(total).toBeLessThanOrEqual(4096);
  expect(variants).toBe(total * 9 + 3);
  expect(loadCheckpoint(path).step).toBe(3);
});

test('a damaged checkpoint is passed over with its reason', () => {
  const run = scratchRun();
  save(run, 10);
  const { path } = save(run, 20);
  const file = join(path, 'state.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('20', '21'));
  rmSync(join(save(run, 30).path, 'manifest.json'));
  const { checkpoint, skipped } = latestCheckpoint(run);
  expect(checkpoint!.step).toBe(10);
  expect(skipped.map(({ path: at, code }) => [basename(at), code])).toEqual([
    ['step-000000030', 'incomplete'],
    ['step-000000020', 'corrupt'],
  ]);
  expect(skipped[1]!.reason).toBe(`${file}: SHA-256 differs from the manifest`);
});

test('files of two checkpoints cannot be mixed, nor a checkpoint renamed', () => {
  const run = scratchRun();
  const old = save(run, 1).path;
  const { path } = save(run, 2);
  copyFileSync(join(old, 'state.json'), join(path, 'state.json'));
  expect(failure(() => loadCheckpoint(path)).code).toBe('corrupt');
  copyFileSync(join(old, 'manifest.json'), join(path, 'manifest.json'));
  expect(failure(() => loadCheckpoint(path)).reason).toBe('is of step 1');
  cpSync(old, join(run.path, 'checkpoints', 'step-000000009'), { recursive: true });
  expect(latestCheckpoint(run).checkpoint!.step).toBe(1);
});

test('a newer version is refused by its number', () => {
  const run = scratchRun();
  const file = join(save(run, 1).path, 'manifest.json');
  const text = readFileSync(file, 'utf8').replace('"version":1', '"version":2');
  const body = text.slice('{"manifest":'.length, text.lastIndexOf(',"sha256"'));
  const sha256 = createHash('sha256').update(body).digest('hex');
  writeFileSync(file, `{"manifest":${body},"sha256":"${sha256}"}\n`);
  const { skipped } = latestCheckpoint(run);
  expect(skipped[0]!.code).toBe('version');
  expect(skipped[0]!.reason).toMatch(/version 2, this release reads version 1/);
});

describe('links and foreign names', () => {
  test('a symbolic link anywhere is refused and not followed', () => {
    const run = scratchRun();
    const { path } = save(run, 1);
    const outside = join(scratch(), 'outside');
    renameSync(join(path, 'state.json'), outside);
    symlinkSync(outside, join(path, 'state.json'));
    expect(failure(() => loadCheckpoint(path))).toMatchObject({
      code: 'path',
      file: join(path, 'state.json'),
    });
    expect(failure(() => verifyCheckpoint(path)).code).toBe('path');
    rmSync(join(path, 'state.json'));
    renameSync(outside, join(path, 'state.json'));
    expect(loadCheckpoint(path).step).toBe(1);
    symlinkSync('/etc/passwd', join(path, 'extra'));
    expect(failure(() => loadCheckpoint(path)).file).toBe(join(path, 'extra'));
    rmSync(join(path, 'extra'));
    const moved = join(scratch(), 'moved');
    renameSync(path, moved);
    symlinkSync(moved, path);
    expect(latestCheckpoint(run).skipped[0]!.code).toBe('path');
  });

  test('a link in place of the folder of checkpoints is refused', () => {
    const run = scratchRun();
    symlinkSync(scratch(), join(run.path, 'checkpoints'));
    expect(failure(() => save(run, 1)).code).toBe('path');
    expect(failure(() => latestCheckpoint(run)).code).toBe('path');
  });

  test('other names in the folder are no checkpoints', () => {
    const run = scratchRun();
    const { path } = save(run, 1);
    for (const name of [
      'step-2',
      'step-000000002-0',
      'step-000000002.bak',
      '.saving-1',
      'latest',
    ]) {
      cpSync(path, join(run.path, 'checkpoints', name), { recursive: true });
    }
    expect(names(run)).toEqual(['step-000000001']);
  });
});

describe('order and retention', () => {
  test('by step number, whatever the dates say', () => {
    const run = scratchRun();
    for (const step of [900, 1000, 1_000_000_000_000]) {
      utimesSync(save(run, step, 9).path, 2_000_000_000 - step / 1000, 1_000_000);
    }
    expect(latestCheckpoint(run).checkpoint!.step).toBe(1_000_000_000_000);
    expect(names(run)).toEqual(['step-1000000000000', 'step-000001000', 'step-000000900']);
  });

  test('keeps the asked number of whole ones, and at least two', () => {
    const run = scratchRun();
    for (const step of [1, 2, 3, 4]) save(run, step, 3);
    expect(names(run)).toEqual(['step-000000004', 'step-000000003', 'step-000000002']);
    const { removed } = save(run, 5);
    expect(removed.map((path) => basename(path))).toEqual(['step-000000003', 'step-000000002']);
    expect(() => save(run, 6, 1)).toThrow(ArgumentError);
    expect(readdirSync(join(run.path, 'checkpoints')).length).toBe(2);
  });

  test('a damaged one does not count as kept', () => {
    const run = scratchRun();
    save(run, 1);
    const { path } = save(run, 2);
    writeFileSync(join(path, 'state.json'), '{}');
    const { removed, problems } = save(run, 3);
    expect(removed).toEqual([]);
    expect(problems).toMatchObject([{ path, code: 'corrupt' }]);
    expect(names(run)).toEqual(['step-000000003', 'step-000000002', 'step-000000001']);
    expect(save(run, 4).removed.map((at) => basename(at))).toEqual([
      'step-000000002',
      'step-000000001',
    ]);
  });

  test('a step saved again gets a further number and wins', () => {
    const run = scratchRun();
    saveCheckpoint(run, 5, content(5, 'first'));
    saveCheckpoint(run, 5, content(5, 'second'));
    expect(names(run)).toEqual(['step-000000005-2', 'step-000000005']);
    expect(latestCheckpoint(run).checkpoint).toMatchObject({ step: 5, state: 'second' });
  });
});

describe('what cannot be saved', () => {
  test.each<[string, unknown, string]>([
    ['NaN', { best: NaN }, 'state.best: expected a finite number, received NaN'],
    ['bigint', { rng: [1n] }, 'state.rng[0]: expected a JSON value, received bigint'],
    ['typed array', new Float32Array(1), 'state: expected a JSON value, received Float32Array'],
    ['function', { a: { b: () => 0 } }, 'state.a.b: expected a JSON value, received function'],
    ['undefined in a list', [undefined], 'state[0]: expected a JSON value, received undefined'],
    ['Date', { at: new Date(0) }, 'state.at: expected a JSON value, received Date'],
  ])('%s in the state', (_name, state, message) => {
    const run = scratchRun();
    expect(() => saveCheckpoint(run, 1, content(1, state as Json))).toThrow(message);
  });

  test('a cycle, a bad step, a bad tensor', () => {
    const run = scratchRun();
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => saveCheckpoint(run, 1, content(1, cycle as Json))).toThrow(/at most 100 levels/);
    for (const step of [-1, 1.5, NaN, 2 ** 53])
      expect(() => save(run, step)).toThrow(ArgumentError);
    const tensors = new Map([['w', namedArray(new Float32Array(3), [4])]]);
    const error = failure(() => saveCheckpoint(run, 1, { tensors, state: null }));
    expect(error.code).toBe('invalid');
    expect(readdirSync(join(run.path, 'checkpoints'))).toEqual([]);
  });

  test('leftovers of a killed save are removed by the next one', () => {
    const run = scratchRun();
    mkdirSync(join(run.path, 'checkpoints', `.saving-${process.pid}`, 'x'), { recursive: true });
    save(run, 1);
    expect(readdirSync(join(run.path, 'checkpoints'))).toEqual(['step-000000001']);
    expect(statSync(join(run.path, 'checkpoints')).isDirectory()).toBe(true);
  });
});
