// The packed tarballs in an empty folder outside the workspace, without registry and without install
// scripts, on every runtime that is promised.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, which } from './command.mjs';
import { root } from './root.mjs';

/** Node binaries (this one, and those of scripts/runtimes), Bun and Deno: { name, command, missing }. */
async function runtimes() {
  const folder = join(root, 'scripts/runtimes/node_modules');
  const binaries = ['node-20', 'node-22', 'node-24'].map((name) => join(folder, name, 'bin/node'));
  const found = new Map([[process.version, process.execPath]]);
  const missing = [];
  for (const binary of binaries) {
    if (existsSync(binary)) found.set((await run(binary, ['--version'])).trim(), binary);
    else missing.push({ name: binary.split('/').at(-3), missing: 'npm run setup -- --tests' });
  }
  const nodes = [...found].map(([version, path]) => ({ name: `Node ${version}`, command: [path] }));
  const others = { bun: ['run'], deno: ['run', '-A'] };
  const rest = Object.entries(others).map(([name, args]) => {
    const path = which(name);
    return path ? { name, command: [path, ...args] } : { name, missing: 'not installed here' };
  });
  return [...nodes, ...missing, ...rest];
}

/** Third-party dependencies come from node_modules, packed again: nothing is downloaded. */
async function packThirdParty(tarballs, folder) {
  const folders = new Map();
  for (const { name } of tarballs) {
    const home = join(root, 'packages', name.split('/')[1]);
    const { dependencies = {} } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    for (const dependency of Object.keys(dependencies)) {
      if (dependency.startsWith('@anacrusis/')) continue;
      folders.set(dependency, realpathSync(join(home, 'node_modules', dependency)));
    }
  }
  const packed = [];
  for (const [name, path] of folders) {
    const file = join(folder, `${name.replace('@', '').replace('/', '-')}.tgz`);
    await run('tar', ['-czf', file, '-C', path, '--transform', 's,^[.],package,', '.']);
    packed.push({ name, path: file });
  }
  return packed;
}

async function install(tarballs, folder) {
  const all = [...tarballs, ...(await packThirdParty(tarballs, folder))];
  const dependencies = Object.fromEntries(all.map(({ name, path }) => [name, `file:${path}`]));
  const manifest = {
    name: 'outside',
    version: '1.0.0',
    private: true,
    type: 'module',
    dependencies,
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...flags], { cwd: folder });
  copyFileSync(join(root, 'scripts/install-smoke.mjs'), join(folder, 'smoke.mjs'));
}

/** Packages that can be imported: all but those of binaries. */
function importable(folder) {
  const scope = join(folder, 'node_modules/@anacrusis');
  const names = readdirSync(scope).filter((name) => existsSync(join(scope, name, 'dist/index.js')));
  return names.map((name) => `@anacrusis/${name}`);
}

/**
 * Installs the tarballs of a release rehearsal and runs install-smoke.mjs on each runtime.
 * @param {{ name: string, path: string }[]} tarballs
 * @param {import('./checks/report.mjs').Report} report
 */
export async function installTest(tarballs, report) {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'anacrusis-outside-'));
  try {
    await install(tarballs, folder);
    const env = { ANACRUSIS_CPU_BINARY: '', NODE_PATH: '' };
    for (const { name, command, missing } of await runtimes()) {
      if (missing) {
        report.skip(`installed, on ${name}`, missing);
        continue;
      }
      try {
        const [program, ...args] = [...command, 'smoke.mjs', ...importable(folder)];
        const said = await run(program, args, { cwd: folder, env, seconds: 120 });
        if (!said.startsWith('right')) throw new Error(said);
        report.pass(`installed, on ${name}`);
      } catch (error) {
        report.fail(`installed, on ${name}`, `${error.message}\n${error.output ?? ''}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
