import { lstatSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

import { CheckpointError, readSafetensors } from '@anacrusis/tensor';
import type { NamedArray } from '@anacrusis/tensor';

import { Digest, hashPlain, readPlain } from './files.js';
import type { Json } from './json.js';
import { decodeManifest, MANIFEST_FILE, STATE_FILE, TENSORS_FILE } from './manifest.js';
import type { FileRecord, Manifest } from './manifest.js';

const MAX_MANIFEST_BYTES = 1 << 26;
export const MAX_STATE_BYTES = 1 << 28;
const MAX_HEADER_BYTES = 100_000_000;
const FOLDER_NAME = /^step-(\d{9,16})(?:-([1-9]\d*))?$/;
const LISTINGS = 5;

/** A checkpoint that was read and agrees with its hashes. */
export interface Checkpoint {
  path: string;
  step: number;
  tensors: Map<string, NamedArray>;
  state: Json;
}

/** A checkpoint that was passed over, and why. */
export interface SkippedCheckpoint {
  path: string;
  code: CheckpointError['code'];
  reason: string;
}

export interface LatestCheckpoint {
  checkpoint: Checkpoint | undefined;
  skipped: SkippedCheckpoint[];
}

/** Folder of all checkpoints of a run. */
export function checkpointsFolder(run: { path: string } | string): string {
  return join(typeof run === 'string' ? run : run.path, 'checkpoints');
}

/** Paths of the committed checkpoints of a run, newest step first, whether whole or not. */
export function listCheckpoints(run: { path: string } | string): string[] {
  const folder = checkpointsFolder(run);
  try {
    if (!lstatSync(folder).isDirectory()) {
      throw new CheckpointError('path', folder, 'not a plain folder');
    }
    const found = readdirSync(folder).map((name) => FOLDER_NAME.exec(name));
    return found
      .filter((match) => match !== null)
      .map(([name, step, attempt = '1']) => ({
        name,
        step: Number(step),
        attempt: Number(attempt),
      }))
      .toSorted((a, b) => b.step - a.step || b.attempt - a.attempt)
      .map(({ name }) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw CheckpointError.from(error, folder);
  }
}

/**
 * The newest checkpoint of a run that is whole, found by reading and verifying and never from a
 * pointer or a date. Damaged ones are passed over and reported. Needs no lock.
 */
export function latestCheckpoint(run: { path: string } | string): LatestCheckpoint {
  let skipped: SkippedCheckpoint[] = [];
  let before: string | undefined;
  // A writer may delete old checkpoints while they are read here: then there are new ones.
  for (let listing = 0; listing < LISTINGS; listing++) {
    const paths = listCheckpoints(run);
    if (paths.join() === before) break;
    before = paths.join();
    skipped = [];
    for (const path of paths) {
      try {
        return { checkpoint: loadCheckpoint(path), skipped };
      } catch (error) {
        const { code, message } = CheckpointError.from(error, path);
        skipped.push({ path, code, reason: message });
      }
    }
  }
  return { checkpoint: undefined, skipped };
}

/**
 * Reads one checkpoint and verifies every byte of it.
 * @throws CheckpointError naming the file and the reason
 */
export function loadCheckpoint(path: string): Checkpoint {
  const manifest = readManifest(path);
  const tensorsPath = join(path, TENSORS_FILE);
  const digest = new Digest();
  const { tensors } = readSafetensors(tensorsPath, {
    refuseLinks: true,
    maxHeaderBytes: MAX_HEADER_BYTES,
    maxTensors: Infinity,
    onBytes: digest.update,
  });
  compare(tensorsPath, digest.finish(), manifest.files[TENSORS_FILE]);
  compareTensors(tensorsPath, tensors, manifest);

  const statePath = join(path, STATE_FILE);
  const stateBytes = readPlain(statePath, MAX_STATE_BYTES);
  const stateDigest = new Digest();
  stateDigest.update(stateBytes);
  compare(statePath, stateDigest.finish(), manifest.files[STATE_FILE]);
  return { path, step: manifest.step, tensors, state: parseState(stateBytes, statePath) };
}

/**
 * Compares every byte of a checkpoint with its manifest, without loading it.
 * @throws CheckpointError naming the file and the reason
 */
export function verifyCheckpoint(path: string): void {
  const { files } = readManifest(path);
  for (const name of [TENSORS_FILE, STATE_FILE] as const) {
    const file = join(path, name);
    compare(file, hashPlain(file), files[name]);
  }
}

function readManifest(path: string): Manifest {
  checkFolder(path);
  const file = join(path, MANIFEST_FILE);
  const manifest = decodeManifest(readPlain(file, MAX_MANIFEST_BYTES), file);
  if (manifest.step !== Number(FOLDER_NAME.exec(basename(path))?.[1])) {
    throw new CheckpointError('corrupt', file, `is of step ${manifest.step}`);
  }
  return manifest;
}

function checkFolder(path: string): void {
  try {
    if (!lstatSync(path).isDirectory())
      throw new CheckpointError('path', path, 'not a plain folder');
    const entries = readdirSync(path, { withFileTypes: true });
    for (const entry of entries.filter((entry) => entry.isSymbolicLink())) {
      throw new CheckpointError('path', join(path, entry.name), 'symbolic link in a checkpoint');
    }
    for (const name of [MANIFEST_FILE, TENSORS_FILE, STATE_FILE]) {
      if (!entries.some((entry) => entry.name === name)) {
        throw new CheckpointError('incomplete', path, `lacks ${name}`);
      }
    }
  } catch (error) {
    throw CheckpointError.from(error, path);
  }
}

function compare(file: string, found: FileRecord, recorded: FileRecord): void {
  if (found.bytes !== recorded.bytes) {
    const reason = `${found.bytes} bytes, the manifest says ${recorded.bytes}`;
    throw new CheckpointError('corrupt', file, reason);
  }
  if (found.sha256 !== recorded.sha256) {
    throw new CheckpointError('corrupt', file, 'SHA-256 differs from the manifest');
  }
}

function compareTensors(file: string, tensors: Map<string, NamedArray>, manifest: Manifest): void {
  const recorded = new Map(Object.entries(manifest.tensors));
  const same = ([name, { dtype, shape }]: [string, NamedArray]): boolean => {
    const record = recorded.get(name);
    return record?.dtype === dtype && String(record.shape) === String(shape);
  };
  if (recorded.size !== tensors.size || ![...tensors].every(same)) {
    throw new CheckpointError('corrupt', file, 'tensors differ from those of the manifest');
  }
}

function parseState(bytes: Buffer, file: string): Json {
  try {
    return JSON.parse(bytes.toString()) as Json;
  } catch (error) {
    throw new CheckpointError('corrupt', file, 'not JSON', { cause: error });
  }
}
