// What the last whole run found, file by file: native/test/simt/mutants.json.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';
import { isKilled, isSurvivor } from './judge.mjs';
import { kernelFiles, mutantsOf } from './mutations.mjs';

export const LEAST_KILLED = 0.95;
export const MOST_STALE = 0.25; // of all mutants, in files that changed since they were recorded
const path = join(root, 'native/test/simt/mutants.json');
const hash = (text) => createHash('sha256').update(text).digest('hex').slice(0, 12);
const hashOf = (file) => hash(readFileSync(join(root, file)));

export class MutantRecord {
  #files;
  #survivors;

  constructor() {
    const { files, survivors } = existsSync(path)
      ? JSON.parse(readFileSync(path, 'utf8'))
      : { files: {}, survivors: [] };
    this.#files = files;
    this.#survivors = survivors;
  }

  isStale(file) {
    return this.#files[file]?.source !== hashOf(file);
  }

  hasSurvivor({ file, text, change }) {
    return this.#survivors.some(
      (s) => s.file === file && s.line === text.trim() && s.change === change,
    );
  }

  /** Files with `count` mutants in all, in an order that the seed gives. */
  sampled(files, count, seed) {
    const chosen = [];
    let mutants = 0;
    for (const file of [...files].sort((a, b) => (hash(seed + a) < hash(seed + b) ? -1 : 1))) {
      if (mutants >= count) break;
      chosen.push(file);
      mutants += mutantsOf(file).length;
    }
    return chosen;
  }

  /** Of the recorded mutants; and the share of today's mutants that are in files which changed since. */
  totals() {
    const sum = (key) => Object.values(this.#files).reduce((total, file) => total + file[key], 0);
    const count = (files) => files.flatMap(mutantsOf).length;
    const files = kernelFiles();
    const stale = files.filter((file) => mutantsOf(file).length > 0 && this.isStale(file));
    return {
      killed: sum('killed'),
      survived: sum('survived'),
      equivalent: sum('equivalent'),
      same: sum('same'),
      stale,
      staleShare: count(stale) / count(files),
    };
  }

  write(files, verdicts, isEquivalent) {
    for (const file of files) {
      const mutants = mutantsOf(file);
      const own = verdicts.filter((mutant) => mutant.file === file);
      const survivors = own.filter(isSurvivor);
      this.#survivors = [
        ...this.#survivors.filter((s) => s.file !== file),
        ...survivors.map(({ text, change }) => ({ file, line: text.trim(), change })),
      ];
      delete this.#files[file];
      if (mutants.length === 0) continue;
      this.#files[file] = {
        source: hashOf(file),
        killed: own.filter(isKilled).length,
        survived: survivors.length,
        equivalent: mutants.filter(isEquivalent).length,
        same: own.filter(({ verdict }) => verdict === 'same code').length,
      };
    }
    const current = new Set(kernelFiles());
    const kept = Object.entries(this.#files).filter(([file]) => current.has(file));
    const sorted = Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
    const left = this.#survivors.filter(({ file }) => current.has(file));
    const lines = Object.entries(sorted).map(
      ([file, counts]) => `    ${JSON.stringify(file)}: ${JSON.stringify(counts)}`,
    );
    const rest = left.map((survivor) => `    ${JSON.stringify(survivor)}`);
    writeFileSync(
      path,
      `{\n  "files": {\n${lines.join(',\n')}\n  },\n  "survivors": [\n${rest.join(',\n')}\n  ]\n}\n`,
    );
  }
}
