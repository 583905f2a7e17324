import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.mjs';
import { root } from '../root.mjs';
import { log } from './step.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

const stamp = 'node_modules/.anacrusis-stamp';
const inputs = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'];

/** Whether the lockfile's packages are installed; `runtimes`: with the Node binaries of the tests. */
export function dependenciesReady(runtimes) {
  const [hash, extent] = readStamp(stamp).split(' ');
  return hash === hashOf(inputs) && (extent === 'all' || !runtimes);
}

/** Installs what the lockfile says, with the pnpm that package.json names. */
export async function dependencies(runtimes) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const filter = runtimes ? [] : ['--filter', '!@anacrusis/runtimes'];
  const args = ['-y', manifest.packageManager, 'install', '--frozen-lockfile', ...filter];
  log(await run('npx', args, { env: { CI: 'true' } }));
  writeStamp(stamp, `${hashOf(inputs)} ${runtimes ? 'all' : 'run'}`);
}
