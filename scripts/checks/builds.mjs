// The other two builds: the CPU back end by node-gyp, and the CUDA back end where nvcc is found, with a look at its code.
import { join } from 'node:path';
import { runNode } from '../command.mjs';
import { root } from '../root.mjs';
import { buildCuda, built, everyArchitecture, findNvcc, nodeGyp } from '../setup/native-build.mjs';
import { checkKernels } from './kernels.mjs';

export const gypBuild = {
  name: 'build with node-gyp',
  async run(report) {
    const binary = await nodeGyp();
    const env = { ANACRUSIS_CPU_BINARY: binary };
    const smoke =
      "const { cpuInfo } = await import('@anacrusis/native'); console.log(cpuInfo().binary)";
    const shown = await runNode(['--input-type=module', '-e', smoke], {
      cwd: join(root, 'packages/tensor'),
      env,
    });
    if (!shown.includes(binary)) throw new Error(`loaded ${shown.trim()} instead of ${binary}`);
    report.pass('loads');
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    await runNode([vitest, 'run', 'packages/native/test/op-cases.test.ts'], { env });
    report.pass('op cases');
  },
};

export const cudaBuild = {
  name: 'build with nvcc',
  async run(report) {
    if (!findNvcc()) {
      report.skip('cuda.node', 'nvcc is not installed');
      report.skip('what nvcc made of kernels', 'nvcc is not installed');
      return;
    }
    if (!built('cuda')) await buildCuda(undefined, everyArchitecture);
    const path = join(root, 'packages/native-linux-x64-gnu/cuda.node');
    const code = `require(${JSON.stringify(path)}).descriptions.length > 0 || process.exit(1)`;
    await runNode(['-e', code]);
    report.pass('compiles for every architecture, and loads with or without a driver');
    await checkKernels(report, path);
  },
};
