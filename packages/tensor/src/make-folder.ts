import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { CheckpointError } from './checkpoint-error.js';

/**
 * Makes a folder, and those above it that are missing.
 * @throws CheckpointError
 */
export function makeFolder(path: string): void {
  let topmost = resolve(path);
  while (!existsSync(dirname(topmost))) topmost = dirname(topmost);
  try {
    // First without `recursive`, which never returns below /proc (Node 20 to 24).
    if (!existsSync(topmost)) mkdirSync(topmost);
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw CheckpointError.from(error, path);
  }
}
