import { lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import { CheckpointError, writeSafetensorsFile, type NamedArray } from '@anacrusis/tensor';

import { ArgumentError, checkStep } from './argument-error.js';
import { Digest, syncFolder, writeWhole } from './files.js';
import { encodeJson, type Json } from './json.js';
import { encodeManifest, MANIFEST_FILE, STATE_FILE, TENSORS_FILE } from './manifest.js';
import { checkpointsFolder, listCheckpoints, MAX_STATE_BYTES } from './read-checkpoint.js';
import { verifyCheckpoint, type SkippedCheckpoint } from './read-checkpoint.js';
import type { RunDirectory } from './run-directory.js';

export interface CheckpointContent {
  tensors: ReadonlyMap<string, NamedArray>;
  /** Everything else that is needed to continue: counters, random states, options. */
  state: Json;
}

export interface SavedCheckpoint {
  path: string;
  /** Older checkpoints that were deleted. */
  removed: string[];
  /** Older checkpoints that are damaged or could not be deleted. */
  problems: SkippedCheckpoint[];
}

/**
 * Commits a checkpoint of one step: all of it or nothing, whatever happens meanwhile. It is written
 * to a new folder, forced to the disk, given its name, and read back; only then are older ones
 * deleted, and at least `keep` whole ones stay (default and minimum 2).
 * @throws CheckpointError (`noSpace`, `access`, `io`, `locked`, `invalid`, ...); what was there
 *   before is intact and training may go on
 * @throws ArgumentError when the state holds what JSON cannot
 */
export function saveCheckpoint(
  run: RunDirectory,
  step: number,
  content: CheckpointContent,
  { keep = 2 }: { keep?: number } = {},
): SavedCheckpoint {
  checkStep(step);
  if (!Number.isSafeInteger(keep) || keep < 2) {
    throw new ArgumentError('keep', 'a whole number from 2', String(keep));
  }
  const state = encodeJson(content.state, 'state', 'refuse');
  const folder = checkpointsFolder(run);
  const temporary = join(folder, `.saving-${process.pid}`);
  let path: string;
  try {
    run.assertOwned();
    run.sync();
    makeFolder(folder);
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    writeFiles(temporary, step, content.tensors, state);
    syncFolder(temporary);
    run.assertOwned();
    path = commit(run, temporary, step);
  } catch (error) {
    clean(temporary);
    throw CheckpointError.from(error, folder);
  }
  verifyCheckpoint(path);
  return { path, ...removeOlder(run, path, keep) };
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (!lstatSync(folder).isDirectory()) {
    throw new CheckpointError('path', folder, 'not a plain folder');
  }
}

/** After a failure: what cannot be removed now is removed by the next save. */
function clean(temporary: string): void {
  try {
    rmSync(temporary, { recursive: true, force: true });
  } catch {
    // The error that led here is the one to report.
  }
}

/** The manifest comes last: without it nothing else counts. */
function writeFiles(
  folder: string,
  step: number,
  tensors: ReadonlyMap<string, NamedArray>,
  state: string,
): void {
  const tensorDigest = new Digest();
  writeSafetensorsFile(join(folder, TENSORS_FILE), tensors, { onBytes: tensorDigest.update });
  const stateBytes = Buffer.from(state);
  const stateFile = join(folder, STATE_FILE);
  if (stateBytes.length > MAX_STATE_BYTES) {
    const reason = `${stateBytes.length} bytes of state, at most ${MAX_STATE_BYTES}`;
    throw new CheckpointError('tooLarge', stateFile, reason);
  }
  const stateDigest = new Digest();
  stateDigest.update(stateBytes);
  writeWhole(stateFile, state);
  const table = [...tensors].map(([name, { dtype, shape }]) => [name, { dtype, shape }] as const);
  const manifest = encodeManifest({
    step,
    files: { [TENSORS_FILE]: tensorDigest.finish(), [STATE_FILE]: stateDigest.finish() },
    tensors: Object.fromEntries(table),
  });
  writeWhole(join(folder, MANIFEST_FILE), manifest);
}

/** Gives the folder its name; a step that was saved before gets a further number. */
function commit(run: RunDirectory, temporary: string, step: number): string {
  const name = `step-${String(step).padStart(9, '0')}`;
  const taken = new Set(listCheckpoints(run).map((path) => basename(path)));
  let attempt = 1;
  const numbered = (): string => (attempt === 1 ? name : `${name}-${attempt}`);
  while (taken.has(numbered())) attempt++;
  const path = join(checkpointsFolder(run), numbered());
  renameSync(temporary, path);
  syncFolder(checkpointsFolder(run));
  return path;
}

function removeOlder(
  run: RunDirectory,
  newest: string,
  keep: number,
): Pick<SavedCheckpoint, 'removed' | 'problems'> {
  const paths = listCheckpoints(run);
  const removed: string[] = [];
  const problems: SkippedCheckpoint[] = [];
  let whole = 1;
  for (const path of paths.slice(paths.indexOf(newest) + 1)) {
    try {
      if (whole >= keep) {
        remove(run, path);
        removed.push(path);
        continue;
      }
      verifyCheckpoint(path);
      whole++;
    } catch (error) {
      const { code, message } = CheckpointError.from(error, path);
      problems.push({ path, code, reason: message });
    }
  }
  return { removed, problems };
}

/** Takes the name away first, so that a half-deleted folder is never taken for a checkpoint. */
function remove(run: RunDirectory, path: string): void {
  const doomed = join(checkpointsFolder(run), `.removing-${basename(path)}`);
  renameSync(path, doomed);
  rmSync(doomed, { recursive: true });
}
