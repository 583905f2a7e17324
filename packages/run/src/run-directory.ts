import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { CheckpointError, makeFolder } from '@anacrusis/tensor';

import { AppendFile } from './append-file.js';
import { ArgumentError, checkStep } from './argument-error.js';
import { EventFile } from './event-file.js';
import { readPlain, syncFolder, writeWhole } from './files.js';
import { encodeJson } from './json.js';
import { RunLock } from './lock.js';
import { encodeMetrics, repairMetrics } from './metrics.js';
import { gitCommit, packageVersions } from './versions.js';

const MAX_CONFIG_BYTES = 1 << 24;

/** What a run is told about itself when it starts. */
export interface RunOptions {
  /** Task name: the first part of a generated folder name. */
  name: string;
  /** Every option of the run, defaults included. */
  config: object;
  seed: number | string;
  device: string;
  /** Versions to record besides this package's own; see `packageVersions`. */
  versions?: Record<string, string>;
}

/** `config.json`. Numbers that are not finite stand as strings. */
export interface RunConfig {
  name: string;
  started: string;
  config: Record<string, unknown>;
  seed: number | string;
  device: string;
  node: string;
  platform: string;
  git: string | null;
  versions: Record<string, string>;
}

/**
 * The folder of one run: `config.json`, `metrics.jsonl`, TensorBoard event files, `curve.svg` and
 * `checkpoints/`. It belongs to one writer at a time, until `close`.
 */
export class RunDirectory implements Disposable {
  private metrics: AppendFile;
  private events: EventFile | undefined;
  private continuesAt: number | undefined;

  private constructor(
    readonly path: string,
    readonly config: RunConfig,
    private readonly lock: RunLock,
  ) {
    this.metrics = new AppendFile(this.metricsPath);
  }

  /**
   * Makes the folder of a new run: `dir`, or `runs/<name>-<date>-<time>`.
   * @throws CheckpointError (`exists` when it holds a run, `access`, `noSpace`, `locked`)
   * @throws ArgumentError when the configuration holds what JSON cannot
   */
  static create(dir: string | undefined, options: RunOptions): RunDirectory {
    const config = describeRun(options);
    const text = `${encodeJson(config, 'options', 'text')}\n`;
    const path = dir ?? makeNamedFolder(options.name);
    makeFolder(path);
    const lock = RunLock.acquire(path);
    try {
      if (existsSync(join(path, 'config.json'))) {
        throw new CheckpointError(
          'exists',
          path,
          'already holds a run: resume it, or name another',
        );
      }
      writeWhole(join(path, 'config.json'), JSON.stringify(JSON.parse(text), null, 2) + '\n');
      return new RunDirectory(path, readConfig(path), lock);
    } catch (error) {
      lock.release();
      throw CheckpointError.from(error, path);
    }
  }

  /**
   * Takes over the folder of an earlier run: removes what a killed process left half-written.
   * `resumeRun` does this and returns to the last checkpoint.
   * @throws CheckpointError (`notFound` when it holds no run, `locked`, `corrupt`, ...)
   */
  static open(dir: string): RunDirectory {
    const config = readConfig(dir);
    const lock = RunLock.acquire(dir);
    try {
      repairMetrics(join(dir, 'metrics.jsonl'));
      const checkpoints = join(dir, 'checkpoints');
      for (const name of existsSync(checkpoints) ? readdirSync(checkpoints) : []) {
        if (name.startsWith('.')) rmSync(join(checkpoints, name), { recursive: true });
      }
      return new RunDirectory(dir, config, lock);
    } catch (error) {
      lock.release();
      throw CheckpointError.from(error, dir);
    }
  }

  get metricsPath(): string {
    return join(this.path, 'metrics.jsonl');
  }

  /** Appends numbers of one step to `metrics.jsonl` and to the TensorBoard event file. */
  log(step: number, metrics: Readonly<Record<string, number>>): void {
    const wallTime = Date.now() / 1000;
    this.metrics.append(encodeMetrics(step, wallTime, metrics));
    this.events ??= new EventFile(this.path, wallTime, this.continuesAt);
    this.events.scalars(step, wallTime, metrics);
  }

  /**
   * Forgets what was logged after `step`; TensorBoard continues there in a new file.
   * @returns the number of lines removed from `metrics.jsonl`
   */
  rewind(step: number): number {
    checkStep(step);
    this.metrics.close();
    this.events?.close();
    this.events = undefined;
    this.continuesAt = step + 1;
    const removed = repairMetrics(this.metricsPath, step);
    this.metrics = new AppendFile(this.metricsPath);
    return removed;
  }

  /** Writes a file of the run, such as `curve.svg`, in one step. */
  writeText(name: string, text: string): void {
    if (!/^\w[\w.-]*$/.test(name)) throw new ArgumentError('name', 'a plain file name', name);
    writeWhole(join(this.path, name), text);
  }

  /** Forces what was logged to the disk. */
  sync(): void {
    this.metrics.sync();
    this.events?.sync();
    syncFolder(this.path);
  }

  /** @throws CheckpointError (`locked`) when another process took the run over */
  assertOwned(): void {
    this.lock.assertHeld();
  }

  close(): void {
    this.metrics.close();
    this.events?.close();
    this.lock.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * `config.json` of a run.
 * @throws CheckpointError (`notFound` when the folder holds no run, `corrupt`)
 */
export function readConfig(dir: string): RunConfig {
  const path = join(dir, 'config.json');
  if (!existsSync(path))
    throw new CheckpointError('notFound', dir, 'holds no run (no config.json)');
  try {
    const config = JSON.parse(readPlain(path, MAX_CONFIG_BYTES).toString()) as RunConfig | null;
    if (typeof config?.name === 'string' && typeof config.config === 'object') return config;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new CheckpointError('corrupt', path, 'not the configuration of a run');
}

function describeRun({ name, config, seed, device, versions }: RunOptions): object {
  return {
    name,
    started: new Date().toISOString(),
    config,
    seed,
    device,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    git: gitCommit(),
    versions: { ...packageVersions(import.meta.url), ...versions },
  };
}

function makeNamedFolder(name: string): string {
  if (!/^\w[\w.-]*$/.test(name)) throw new ArgumentError('name', 'a plain file name', name);
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString();
  const stamp = local.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  makeFolder('runs');
  for (let attempt = 1; ; attempt++) {
    const path = join('runs', `${name}-${stamp}${attempt === 1 ? '' : `-${attempt}`}`);
    try {
      mkdirSync(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw CheckpointError.from(error, path);
    }
  }
}
