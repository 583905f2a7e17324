import { copyFileSync, existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { run, runNode, which } from '../command.mjs';
import { root } from '../root.mjs';
import { log, SetupError } from './step.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

const binaries = 'packages/native-linux-x64-gnu';
const inputs = ['native', 'CMakeLists.txt', 'packages/native/package.json', 'pnpm-lock.yaml'];
const folders = { cpu: 'build', emulated: 'build', cuda: 'build-cuda' };
const stampOf = (backend) => `${folders[backend]}/.stamp-${backend}`;
const jobs = availableParallelism();

/** Where nvcc is, or undefined. */
export function findNvcc() {
  return which('nvcc') ?? ['/usr/local/cuda/bin/nvcc'].find((path) => existsSync(path));
}

/** The CUDA back end for the SIMT emulator, which only tests load. */
export const emulatedBinary = join(root, 'build/emulated/emulated.node');

/** Whether `cpu.node`, `cuda.node` or `emulated.node` was built from the sources as they are. */
export function built(backend) {
  const binary = backend === 'emulated' ? emulatedBinary : join(root, binaries, `${backend}.node`);
  return existsSync(binary) && readStamp(stampOf(backend)) === hashOf(inputs);
}

function share(line) {
  const ninja = /^\[(\d+)\/(\d+)\]/.exec(line);
  if (ninja) return Number(ninja[1]) / Number(ninja[2]);
  const make = /^\[\s*(\d+)%\]/.exec(line);
  return make ? Number(make[1]) / 100 : undefined;
}

function percentages(update) {
  return (line) => {
    const done = share(line);
    if (done !== undefined) update(`${Math.floor(done * 10) * 10} %`);
  };
}

/** A build folder that was made for another place is of no use to CMake. */
function dropForeignCache(folder) {
  const cache = join(root, folder, 'CMakeCache.txt');
  if (!existsSync(cache)) return;
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(readFileSync(cache, 'utf8'))?.[1];
  if (home !== root && home !== realpathSync(root)) {
    rmSync(join(root, folder), { recursive: true });
  }
}

async function cmakeJs(backend, definitions, update) {
  const folder = folders[backend];
  dropForeignCache(folder);
  const cli = join(root, 'node_modules/cmake-js/bin/cmake-js');
  const where = ['-O', join(root, folder), '-T', `${backend}_node`, '-p', String(jobs)];
  log(await runNode([cli, 'build', ...where, ...definitions], { onLine: percentages(update) }));
}

/** The folder with Node's own headers that node-gyp wants: offline, so never a download. */
export function nodeHeaders() {
  const runtimes = join(root, 'scripts/runtimes/node_modules');
  const folders = [
    process.env.npm_config_nodedir,
    dirname(dirname(process.execPath)),
    ...['node-20', 'node-22', 'node-24'].map((name) => join(runtimes, name)),
  ];
  return folders.find((folder) => folder && existsSync(join(folder, 'include/node/common.gypi')));
}

/** Builds the CPU back end with node-gyp; returns the path of its `cpu.node`. */
export async function nodeGyp(update = () => {}) {
  const headers = nodeHeaders();
  const cli = join(root, 'node_modules/node-gyp/bin/node-gyp.js');
  const where = ['-C', join(root, 'native')];
  // Through the environment: npm sets the variable from its settings, and it beats --nodedir.
  const options = { env: headers ? { npm_config_nodedir: headers } : {} };
  update('node-gyp');
  log(await runNode([cli, 'configure', ...where], options));
  log(await runNode([cli, 'build', ...where, '--jobs', String(jobs)], options));
  return join(root, 'native/build/Release/cpu.node');
}

/** Builds `cpu.node` with cmake-js, or with node-gyp where CMake is missing. */
export async function buildCpu(update) {
  if (which('cmake')) await cmakeJs('cpu', [], update);
  else copyFileSync(await nodeGyp(update), join(root, binaries, 'cpu.node'));
  writeStamp(stampOf('cpu'), hashOf(inputs));
  return which('cmake') ? '' : 'with node-gyp: there is no CMake';
}

/** Builds `emulated.node` for the tests, where there is CMake. */
export async function buildEmulated(update) {
  await cmakeJs('emulated', [], update);
  writeStamp(stampOf('emulated'), hashOf(inputs));
}

/** What a release holds: machine code of every major architecture (minors run it), and PTX of the newest. */
export const everyArchitecture = '80-real;90-real;100-real;120';

/** Builds `cuda.node`; for one architecture, which is enough to develop and to prove that it compiles. */
export async function buildCuda(update = () => {}, architectures = '90-real') {
  if (!which('cmake') || !findNvcc()) {
    throw new SetupError('The CUDA back end needs CMake and the CUDA toolkit (nvcc).');
  }
  const definitions = [
    '--CDANACRUSIS_CUDA=ON',
    `--CDANACRUSIS_CUDA_ARCHITECTURES=${architectures}`,
    `--CDCMAKE_CUDA_COMPILER=${findNvcc()}`,
  ];
  // cmake-js passes definitions to a new folder only.
  const folder = join(root, folders.cuda);
  if (existsSync(join(folder, 'CMakeCache.txt'))) {
    log(await run('cmake', [`-DANACRUSIS_CUDA_ARCHITECTURES=${architectures}`, folder]));
  }
  await cmakeJs('cuda', definitions, update);
  writeStamp(stampOf('cuda'), hashOf(inputs));
}
