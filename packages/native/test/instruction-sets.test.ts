// The op cases on every lesser build that this processor runs: the choice is made when the addon loads,
// so each build needs a process of its own.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cpuInfo } from '@anacrusis/native';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const vitest = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);
const builds = ['generic', 'avx2', 'avx512'];

for (const isa of builds.slice(0, 2)) {
  it(`op cases on ${isa}`, { timeout: 300_000 }, ({ skip }) => {
    if (process.env['ANACRUSIS_ISA']) skip('ANACRUSIS_ISA is set');
    const best = builds.indexOf(cpuInfo().isa);
    if (builds.indexOf(isa) >= best) skip(`this processor runs no build above ${cpuInfo().isa}`);
    const output = execFileSync(
      process.execPath,
      [vitest, 'run', 'packages/native/test/op-cases.test.ts', '--reporter=json'],
      {
        cwd: root,
        env: { ...process.env, ANACRUSIS_ISA: isa },
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      },
    );
    const report = JSON.parse(output.slice(output.indexOf('{'))) as {
      numFailedTests: number;
      numPassedTests: number;
      testResults: { assertionResults: { ancestorTitles: string[] }[] }[];
    };
    expect(report.numFailedTests).toBe(0);
    expect(report.numPassedTests).toBeGreaterThan(500);
    const title = report.testResults[0]!.assertionResults[0]!.ancestorTitles[0];
    expect(title).toBe(`op cases (${isa})`);
  });
}
