// pnpm gpu:bundle: one folder, and its archive, that runs on any x86-64 Linux machine with an NVIDIA driver:
// Node itself, the binaries with kernels for every architecture, the op cases, the benches. Nothing else
// has to be installed there.
import '../node-version.mjs';
import { copyFileSync, cpSync, existsSync, mkdirSync } from 'node:fs';
import { readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../command.mjs';
import { root } from '../root.mjs';
import { setupOrExit } from '../setup/main.mjs';
import { buildCuda, built, everyArchitecture } from '../setup/native-build.mjs';

const folder = join(root, 'build/gpu-bundle/anacrusis-gpu');
const archive = join(root, 'build/gpu-bundle/anacrusis-gpu.tar.xz');
const mostBytes = 60e6;
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** The package in `at` and what it needs, by name with the folder of each. */
function collect(at, found) {
  const { name, dependencies, optionalDependencies } = readJson(join(at, 'package.json'));
  if (found.has(name)) {
    if (found.get(name) !== at)
      throw new Error(`two versions of ${name}: ${found.get(name)} and ${at}`);
    return;
  }
  found.set(name, at);
  // pnpm puts what a package from the registry needs beside it, and what one of ours needs into it.
  const registry = at.includes('/.pnpm/');
  const modules = registry ? at.slice(0, at.length - name.length) : join(at, 'node_modules');
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const path = join(modules, needed);
    if (existsSync(path)) collect(realpathSync(path), found);
  }
}

const left = new Set(['node_modules', 'test', 'src', 'golden', 'tsconfig.tsbuildinfo']);

function copyPackages() {
  const packages = new Map();
  for (const name of Object.keys(readJson(join(root, 'bench/package.json')).dependencies)) {
    collect(join(root, 'packages', name.split('/')[1]), packages);
  }
  collect(join(root, 'packages/cli'), packages);
  for (const [name, from] of packages) {
    const filter = (path) => path === from || !left.has(basename(path));
    cpSync(from, join(folder, 'node_modules', name), { recursive: true, filter });
  }
}

function copyRest(commit) {
  copyFileSync(join(root, 'scripts/runtimes/node_modules/node-22/bin/node'), join(folder, 'node'));
  const bench = (path) =>
    !/\/(results|reports|node_modules|build)(\/|$)/.test(path.slice(root.length));
  cpSync(join(root, 'bench'), join(folder, 'bench'), { recursive: true, filter: bench });
  cpSync(join(root, 'models'), join(folder, 'models'), { recursive: true });
  for (const file of ['run.sh', 'README.md', 'op-cases.mjs']) {
    copyFileSync(join(root, 'scripts/gpu', file), join(folder, file));
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  writeFileSync(join(folder, 'commit'), `${commit}\n`);
}

async function commitOf() {
  const head = (await run('git', ['rev-parse', '--short', 'HEAD'])).trim();
  const changed = (await run('git', ['status', '--porcelain', '--untracked-files=no'])).trim();
  return changed === '' ? head : `${head}+changes`;
}

await setupOrExit({ tests: true });
if (!built('cuda'))
  await buildCuda((text) => console.log(`native build, CUDA: ${text}`), everyArchitecture);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
copyPackages();
copyRest(await commitOf());
await run('tar', ['-cJf', archive, '-C', join(folder, '..'), basename(folder)], {
  env: { XZ_OPT: '-T0 -6' },
});
const bytes = statSync(archive).size;
console.log(`${archive}\n${(bytes / 1e6).toFixed(1)} MB compressed (at most ${mostBytes / 1e6})`);
console.log('On a machine with a GPU: tar -xJf anacrusis-gpu.tar.xz && anacrusis-gpu/run.sh');
if (bytes > mostBytes) process.exitCode = 1;
