import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../root.mjs';

function* filesUnder(path) {
  if (statSync(path).isFile()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (name !== 'build') yield* filesUnder(join(path, name));
  }
}

/**
 * Hash of the place and the contents of files and folders (build outputs left out).
 * @param {string[]} paths relative to the repository
 */
export function hashOf(paths) {
  const hash = createHash('sha256').update(root);
  for (const path of paths) {
    for (const file of filesUnder(join(root, path))) hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/**
 * A stamp lies in the folder that it vouches for, so that deleting the folder deletes it too.
 * @param {string} path relative to the repository
 */
export function readStamp(path) {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return '';
  }
}

export function writeStamp(path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
