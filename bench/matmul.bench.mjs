// Matrix products of every build against the OpenBLAS that is installed, in turn, one thread.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './timing.mjs';

export const title = 'matrix products, GFLOP/s, one thread: M N K, transposes of a and b';

const ROUNDS = 5;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const shapes = [
  '8000 192 64 0 1',
  '8000 64 192 0 0',
  '192 64 8000 1 0',
  '8000 41 64 0 1',
  '1024 1024 1024 0 0',
  '1024 1024 1024 0 1',
];

/** The peer compiled into `folder`, or null where OpenBLAS is not installed. */
function compilePeer(folder) {
  const peer = join(folder, 'openblas_sgemm');
  const source = here('./peers/openblas_sgemm.cpp');
  try {
    execFileSync('g++', ['-O2', source, '-lopenblas', '-o', peer], { stdio: 'ignore' });
    return peer;
  } catch {
    return null;
  }
}

/** What a program prints for all shapes: the build it chose, and a rate for each shape. */
function rates(program, args, env) {
  const input = shapes.join('\n') + '\n';
  const options = { input, encoding: 'utf8', env: { ...process.env, ...env } };
  const [build, ...lines] = execFileSync(program, args, options).trim().split('\n');
  return { build, values: lines.map((line) => Number(line.split(' ').at(-1))) };
}

export function run() {
  const folder = mkdtempSync(join(tmpdir(), 'anacrusis-matmul-'));
  try {
    const peer = compilePeer(folder);
    const script = here('./matmul-rates.mjs');
    const ours = ['avx512', 'avx2', 'generic'].map((isa) => ({
      name: `ours ${isa}`,
      once: () => rates(process.execPath, [script], { ANACRUSIS_ISA: isa }),
    }));
    const cores = peer ? [undefined, 'SkylakeX', 'Haswell', 'Nehalem'] : [];
    const theirs = cores.map((core) => ({
      name: `OpenBLAS ${core ?? 'as it chooses'}`,
      once: () => rates(peer, [], core ? { OPENBLAS_CORETYPE: core } : {}),
    }));
    const sides = [...ours, ...theirs].map((side) => ({ ...side, rounds: [] }));
    for (let round = 0; round < ROUNDS; round++) {
      for (const side of sides) side.rounds.push(side.once());
    }
    if (!peer) console.log('  peer skipped: g++ cannot link -lopenblas here');
    return shapes.map((name, i) => {
      const figures = Object.fromEntries(
        sides.map((side) => [side.name, median(side.rounds.map(({ values }) => values[i]))]),
      );
      const text = Object.entries(figures).map(([side, rate]) => `${side} ${rate.toFixed(0)}`);
      const builds = Object.fromEntries(sides.map((side) => [side.name, side.rounds[0].build]));
      return { name, figures: { ...figures, builds }, text: text.join(', ') };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
