// Records of measurements: appended to results/records.jsonl (or ANACRUSIS_BENCH_RECORDS), never edited.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = process.env.ANACRUSIS_BENCH_RECORDS
  ? resolve(process.env.ANACRUSIS_BENCH_RECORDS)
  : fileURLToPath(new URL('./results/records.jsonl', import.meta.url));

function commit() {
  if (process.env.ANACRUSIS_COMMIT) return process.env.ANACRUSIS_COMMIT;
  try {
    const cwd = new URL('..', import.meta.url);
    const git = (...args) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();
    const dirty = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+changes';
    return git('rev-parse', '--short', 'HEAD') + dirty;
  } catch {
    return null;
  }
}

/** When and where a measurement is made. */
export function circumstances() {
  return {
    date: new Date().toISOString(),
    commit: commit(),
    cpu: os.cpus()[0]?.model,
    cores: os.availableParallelism(),
    load: Number(os.loadavg()[0].toFixed(2)),
    node: process.version,
  };
}

/** Appends one measurement with its circumstances. */
export function appendRecord(bench, figures) {
  const record = { bench, ...circumstances(), ...figures };
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, JSON.stringify(record) + '\n');
  return record;
}
