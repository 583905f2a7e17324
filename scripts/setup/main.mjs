import { existsSync, rmSync } from 'node:fs';
import { CommandError, which } from '../command.mjs';
import { compile } from './compile.mjs';
import { dependencies, dependenciesReady } from './dependencies.mjs';
import { buildCpu, buildCuda, buildEmulated, built, nodeHeaders } from './native-build.mjs';
import { log, logFile, secondsSince, SetupError, step } from './step.mjs';
import { systemPackages } from './system-packages.mjs';

/**
 * Brings a clone to the state in which everything runs; what is done already is skipped.
 * The CUDA back end is built when `ANACRUSIS_CUDA=1` asks for it (and by its check, where nvcc is found).
 * @param {{ tests?: boolean }} [options] `tests`: also the SIMT emulator and the Node binaries of the install test
 * @throws SetupError and CommandError
 */
export async function setup({ tests = false } = {}) {
  const started = performance.now();
  const cuda = process.env.ANACRUSIS_CUDA === '1';
  let steps = 0;
  const unless = async (done, label, work) => {
    if (done) return;
    if (steps++ === 0 && existsSync(logFile)) rmSync(logFile);
    await step(label, work);
  };
  await unless(built('cpu'), 'system packages', systemPackages);
  // The Node binaries of the tests come with the headers that node-gyp wants.
  const runtimes = tests || (!built('cpu') && !which('cmake') && !nodeHeaders());
  await unless(dependenciesReady(runtimes), 'dependencies', () => dependencies(runtimes));
  await unless(built('cpu'), 'native build, CPU', buildCpu);
  await unless(
    !tests || !which('cmake') || built('emulated'),
    'native build, tests',
    buildEmulated,
  );
  await unless(!cuda || built('cuda'), 'native build, CUDA', buildCuda);
  try {
    if (steps > 0) await step('TypeScript', compile);
    else await compile();
  } catch (error) {
    // The checks come next and count these errors.
    if (!tests || !(error instanceof CommandError)) throw error;
    log(error.output);
  }
  const verdict = steps > 0 ? 'ready' : 'nothing to do';
  process.stderr.write(`set-up: ${verdict} (${secondsSince(started)})\n`);
}

/** Sets up, and ends the process with an explanation where that fails. */
export async function setupOrExit(options) {
  try {
    await setup(options);
  } catch (error) {
    if (!(error instanceof SetupError) && !(error instanceof CommandError)) throw error;
    if (error instanceof CommandError) {
      log(error.output);
      process.stderr.write(`${error.output.trimEnd().split('\n').slice(-40).join('\n')}\n`);
      process.stderr.write(`The whole log is in ${logFile}.\n`);
    }
    process.stderr.write(`set-up failed: ${error.message}\n`);
    process.exit(1);
  }
}
