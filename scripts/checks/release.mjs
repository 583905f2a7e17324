import { rmSync } from 'node:fs';
import { installTest } from '../install-test.mjs';
import { releaseDry, tableOf } from '../release-dry.mjs';

export const release = {
  name: 'release and install',
  async run(report) {
    const { folder, tarballs } = await releaseDry();
    try {
      for (const line of tableOf(tarballs)) report.note(line);
      for (const { name, problems } of tarballs) {
        if (problems.length > 0) report.fail(name, problems.join('; '));
        else report.pass(name);
      }
      await installTest(tarballs, report);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
