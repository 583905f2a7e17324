// Training and sampling of the shipped language model against PyTorch eager: same weights, same tokens,
// one thread each, CPU-seconds, the two sides in turn.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeJob } from './lm/job.mjs';
import { median, spread } from './timing.mjs';

export const title = 'language model against PyTorch eager (tokens per CPU-second, one thread)';

const ROUNDS = 5;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** A Python that can import torch: ANACRUSIS_PYTHON, or the first of the usual ones. */
function findPython() {
  const candidates = [process.env.ANACRUSIS_PYTHON, 'python3', '/usr/bin/python3'];
  const works = (python) =>
    spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;
  return candidates.find((python) => python && works(python));
}

const lastLine = (output) => JSON.parse(output.trim().split('\n').at(-1));

function ours(kind, job) {
  const env = { ...process.env, ANACRUSIS_THREADS: '1' };
  return lastLine(
    execFileSync(process.execPath, [here(`./lm/${kind}.mjs`), job], { env, encoding: 'utf8' }),
  );
}

function torch(python, kind, job, flags) {
  const script = here('./peers/torch_lm.py');
  return lastLine(execFileSync(python, [script, kind, job, ...flags], { encoding: 'utf8' }));
}

/** Both sides must start from the same loss and gradient before either is timed. */
function checkSame(mine, theirs) {
  for (const key of ['first_loss', 'first_grad_norm']) {
    const difference = Math.abs(mine[key] - theirs[key]);
    if (!(difference <= 1e-4 * Math.max(1e-2, Math.abs(theirs[key])))) {
      throw new Error(`not timed: ${key} is ${mine[key]} here and ${theirs[key]} in torch`);
    }
  }
}

const sides = [
  { kind: 'train', name: 'train, tuned peer', flags: [] },
  { kind: 'train', name: 'train, plain padded batch', flags: ['--micro-batch', '256'] },
  { kind: 'sample', name: 'sample, tuned peer', flags: [] },
  { kind: 'sample', name: 'sample, plain KV-cache loop', flags: ['--compact', '0'] },
];

function compare(python, { kind, name, flags }, job) {
  const mine = [];
  const theirs = [];
  let version = null;
  for (let round = 0; round < ROUNDS; round++) {
    const own = ours(kind, job);
    mine.push(own.tokens_per_cpu_s);
    if (!python) continue;
    const peer = torch(python, kind, job, flags);
    if (kind === 'train' && round === 0) checkSame(own, peer);
    version = peer.torch;
    theirs.push(peer.tokens_per_cpu_s);
  }
  const rate = (values) => Math.round(median(values)).toLocaleString('en');
  if (!python) {
    const text = `${rate(mine)} tok/cpu-s; peer skipped: no Python here can import torch`;
    return { name, figures: { ours: spread(mine), peer: null }, text };
  }
  const ratio = median(mine.map((value, i) => value / theirs[i]));
  return {
    name,
    figures: { ours: spread(mine), peer: spread(theirs), ratio, torch: version, flags },
    text: `${rate(mine)} against ${rate(theirs)} tok/cpu-s (torch ${version}): ${ratio.toFixed(2)}x`,
  };
}

export function run() {
  const folder = mkdtempSync(join(tmpdir(), 'anacrusis-bench-'));
  try {
    const job = join(folder, 'job.json');
    writeFileSync(job, JSON.stringify(makeJob(here('../models/countdown-base'))));
    const python = findPython();
    return sides.map((side) => compare(python, side, job));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
