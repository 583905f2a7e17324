import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../root.mjs';

export const tests = {
  name: 'tests',
  run(report) {
    const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined };
    const folder = mkdtempSync(join(tmpdir(), 'anacrusis-tests-'));
    const counts = join(folder, 'counts.json');
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const reporter = join(root, 'scripts/checks/vitest-reporter.mjs');
    try {
      const { status } = spawnSync(
        process.execPath,
        [vitest, 'run', '--reporter=default', `--reporter=${reporter}`],
        {
          cwd: root,
          stdio: ['ignore', 'inherit', 'inherit'],
          env: { ...process.env, ...plain, ANACRUSIS_TEST_COUNTS: counts },
        },
      );
      const { passed, failed, skipped } = JSON.parse(readFileSync(counts, 'utf8'));
      report.add('passed', passed);
      report.add('failed', failed, 'see above');
      for (const [reason, count] of Object.entries(skipped)) report.skip('tests', reason, count);
      if (status !== 0 && failed === 0) report.fail('vitest', `exit ${status}`);
      if (passed === 0) report.fail('vitest', 'not one test passed');
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
