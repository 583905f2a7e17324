import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../root.mjs';

const notSources = new Set(['node_modules', 'dist', 'build', 'generated', '.git', 'golden']);

/**
 * Source files under a folder, as paths relative to the repository, sorted.
 * @param {string} folder relative to the repository; [] when it does not exist
 * @param {RegExp} name
 */
export function sources(folder, name) {
  const walk = (path) => {
    let entries = [];
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch {}
    return entries.flatMap((entry) => {
      if (entry.isDirectory())
        return notSources.has(entry.name) ? [] : walk(join(path, entry.name));
      return name.test(entry.name) ? [relative(root, join(path, entry.name))] : [];
    });
  };
  return walk(join(root, folder)).sort();
}

export function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

export function readJson(path) {
  return JSON.parse(read(path));
}

/** Folder names under packages/ that hold a package. */
export function packageFolders() {
  return sources('packages', /^package\.json$/).map((path) => path.split('/')[1]);
}
