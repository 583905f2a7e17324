// pnpm release:dry: the release in a copy of the working tree, up to but without publishing. Versions by
// changesets (a made-up changeset where none waits), binaries linked again under the new version,
// every public package packed and looked over by publint.
import './node-version.mjs';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import {
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CommandError, run, runNode } from './command.mjs';
import { root } from './root.mjs';
import { buildCuda, everyArchitecture, findNvcc } from './setup/native-build.mjs';

const platform = '@anacrusis/native-linux-x64-gnu';
const mostBytes = 10e6;
const left = new Set(['node_modules', '.git', 'build', 'test', 'native', 'runs', 'golden']);
const rehearsal = `---\n'@anacrusis/native': minor\n---\n\nRehearsal of a release.\n`;

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const installed = (path) => join(root, 'node_modules', path);

/** The manifests of the workspace's packages/, with the folder of each. */
function workspace(copy) {
  return readdirSync(join(copy, 'packages'))
    .map((name) => ({ folder: join(copy, 'packages', name) }))
    .filter(({ folder }) => existsSync(join(folder, 'package.json')))
    .map(({ folder }) => ({ folder, ...readJson(join(folder, 'package.json')) }));
}

function copyTree(copy) {
  for (const entry of [
    'package.json',
    'pnpm-workspace.yaml',
    'LICENSE',
    '.changeset',
    'packages',
  ]) {
    const filter = (path) =>
      path === join(root, entry) || !left.has(basename(path)) || path.endsWith('/packages/native');
    cpSync(join(root, entry), join(copy, entry), { recursive: true, filter });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const { folder, dependencies, optionalDependencies } of workspace(copy)) {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (!name.startsWith('@anacrusis/')) continue;
      mkdirSync(join(folder, 'node_modules/@anacrusis'), { recursive: true });
      symlinkSync(join(copy, 'packages', name.split('/')[1]), join(folder, 'node_modules', name));
    }
  }
}

async function raiseVersions(copy) {
  const waiting = readdirSync(join(copy, '.changeset')).filter((name) =>
    /^(?!README).*\.md$/.test(name),
  );
  if (waiting.length === 0) writeFileSync(join(copy, '.changeset/rehearsal.md'), rehearsal);
  const git = ['-c', 'user.name=rehearsal', '-c', 'user.email=rehearsal@localhost'];
  await run('git', ['init', '-q'], { cwd: copy });
  await run('git', [...git, 'commit', '-q', '--allow-empty', '-m', 'start'], { cwd: copy });
  await runNode([installed('@changesets/cli/bin.js'), 'version'], { cwd: copy });
}

/** The built objects, linked again: a rebuild under the new version would take minutes. */
async function relink(backend, folder, version, target) {
  await run('cmake', [`-DANACRUSIS_RELEASE_VERSION=${version}`, join(root, folder)]);
  await run('cmake', ['--build', join(root, folder), '--target', `${backend}_release`]);
  copyFileSync(join(root, folder, 'release', `${backend}.node`), join(target, `${backend}.node`));
}

async function binaries(copy) {
  const { folder, version } = workspace(copy).find(({ name }) => name === platform);
  const builds = { cpu: 'build', cuda: 'build-cuda' };
  for (const [backend, build] of Object.entries(builds)) {
    if (!existsSync(join(folder, `${backend}.node`))) continue;
    if (!existsSync(join(root, build, 'CMakeCache.txt'))) {
      throw new Error(`${backend}.node was not built with CMake, which a release is made with`);
    }
    await relink(backend, build, version, folder);
  }
}

/** What is wrong with a packed package, by its own contents. */
async function problemsOf(tarball, version) {
  const files = (await run('tar', ['-tzf', tarball.path])).split('\n');
  const manifest = JSON.parse(await run('tar', ['-xzOf', tarball.path, 'package/package.json']));
  const wanted = ['package.json', 'README.md', 'LICENSE'];
  wanted.push(...(tarball.name === platform ? ['cpu.node'] : ['dist/index.js', 'dist/index.d.ts']));
  const problems = wanted
    .filter((file) => !files.includes(`package/${file}`))
    .map((f) => `no ${f}`);
  if (JSON.stringify(manifest).includes('workspace:')) problems.push('workspace: in package.json');
  const { dependencies, optionalDependencies } = manifest;
  for (const [name, range] of Object.entries({ ...dependencies, ...optionalDependencies })) {
    if (!name.startsWith('@anacrusis/')) continue;
    if (range !== version.get(name)) problems.push(`${name} is ${range}, not ${version.get(name)}`);
  }
  if (tarball.bytes > mostBytes) problems.push(`${tarball.bytes} bytes, more than ${mostBytes}`);
  const lint = [installed('publint/src/cli.js'), 'run', tarball.path, '--strict'];
  await runNode(lint).catch((error) => problems.push(`publint: ${error.output.trim()}`));
  return problems;
}

async function pack(copy, folder) {
  const pnpm = readJson(join(copy, 'package.json')).packageManager;
  const version = new Map(workspace(copy).map((manifest) => [manifest.name, manifest.version]));
  const tarballs = [];
  for (const manifest of workspace(copy).filter((one) => !one.private)) {
    const args = ['-y', pnpm, 'pack', '--pack-destination', folder];
    await run('npx', args, { cwd: manifest.folder });
    const file = `${manifest.name.slice(1).replace('/', '-')}-${manifest.version}.tgz`;
    const path = join(folder, file);
    const tarball = {
      name: manifest.name,
      version: manifest.version,
      path,
      bytes: statSync(path).size,
    };
    tarballs.push({ ...tarball, problems: await problemsOf(tarball, version) });
  }
  return tarballs;
}

/**
 * Rehearses the release with the binaries that were built last.
 * @returns {Promise<{ folder: string, tarballs: { name: string, version: string, path: string,
 *   bytes: number, problems: string[] }[] }>} `folder` is new and the caller's to delete
 */
export async function releaseDry() {
  const temporary = mkdtempSync(join(realpathSync(tmpdir()), 'anacrusis-release-'));
  const copy = join(temporary, 'tree');
  const folder = join(temporary, 'tarballs');
  mkdirSync(copy);
  mkdirSync(folder);
  copyTree(copy);
  await raiseVersions(copy);
  await binaries(copy);
  return { folder: temporary, tarballs: await pack(copy, folder) };
}

/** The table of a rehearsal, a line per tarball. */
export function tableOf(tarballs) {
  return tarballs.map(({ name, version, bytes }) =>
    [name.padEnd(34), version.padEnd(8), `${(bytes / 1e3).toFixed(1)} kB`.padStart(11)].join(' '),
  );
}

async function main() {
  if (findNvcc()) {
    console.log('building cuda.node for every architecture');
    await buildCuda(undefined, everyArchitecture);
  } else {
    console.log('nvcc is not installed: the binaries are packed without cuda.node built anew');
  }
  const { folder, tarballs } = await releaseDry();
  for (const line of tableOf(tarballs)) console.log(line);
  for (const { name, problems } of tarballs) {
    for (const problem of problems) console.error(`${name}: ${problem}`);
  }
  console.log(`packed in ${join(folder, 'tarballs')}; nothing was published`);
  process.exitCode = tarballs.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

if (process.argv[1] === join(root, 'scripts/release-dry.mjs')) {
  await main().catch((error) => {
    console.error(error instanceof CommandError ? `${error.message}\n${error.output}` : error);
    process.exitCode = 1;
  });
}
