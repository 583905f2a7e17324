import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { CheckpointError } from '@anacrusis/tensor';

interface Owner {
  pid: number;
  host: string;
  /** Tells a process from a later one with the same number; null where that cannot be known. */
  started: string | null;
  token: string;
}

const ATTEMPTS = 5;

/**
 * The right to write into a run: a file `lock` that names its owner. Of several processes exactly
 * one gets it; the lock of a process that is gone is taken over.
 */
export class RunLock {
  private constructor(
    private readonly path: string,
    private readonly text: string,
  ) {}

  /** @throws CheckpointError (`locked`) while another writer is alive */
  static acquire(folder: string): RunLock {
    const path = join(folder, 'lock');
    const token = randomUUID();
    const owner: Owner = {
      pid: process.pid,
      host: hostname(),
      started: processStart(process.pid),
      token,
    };
    const text = `${JSON.stringify(owner)}\n`;
    const mine = `${path}.${token}`;
    try {
      writeFileSync(mine, text, { flag: 'wx' });
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (link(mine, path)) return new RunLock(path, text);
        removeIfStale(path, `${mine}.stale`);
      }
      throw new CheckpointError('locked', path, 'other processes keep taking the lock');
    } catch (error) {
      throw CheckpointError.from(error, path);
    } finally {
      rmSync(mine, { force: true });
    }
  }

  /** @throws CheckpointError (`locked`) when the lock was taken away meanwhile */
  assertHeld(): void {
    if (readIfThere(this.path) !== this.text) {
      throw new CheckpointError('locked', this.path, 'this process no longer owns the run');
    }
  }

  release(): void {
    if (readIfThere(this.path) === this.text) rmSync(this.path, { force: true });
  }
}

/** A hard link is made at once and with its content, or not at all. */
function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function move(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function removeIfStale(path: string, aside: string): void {
  const text = readIfThere(path);
  if (text === undefined) return;
  const owner = parseOwner(text);
  if (owner && isAlive(owner)) {
    const where = owner.host === hostname() ? '' : ` on ${owner.host}`;
    const reason = `process ${owner.pid}${where} is writing to this run`;
    throw new CheckpointError('locked', path, reason);
  }
  if (!move(path, aside)) return;
  // Between the reading and the renaming another process may have replaced the stale lock by its
  // own: then that one goes back.
  if (readFileSync(aside, 'utf8') !== text) link(aside, path);
  rmSync(aside, { force: true });
}

function parseOwner(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Owner | null;
    return Number.isSafeInteger(owner?.pid) && owner!.pid > 0 ? owner! : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, host, started }: Owner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return started === null || started === processStart(pid);
}

/** Boot and start time of a living process (Linux), null where that is not known or it is gone. */
function processStart(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? null : `${boot}/${rest[18]}`;
  } catch {
    return null;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
