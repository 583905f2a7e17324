import { writeFileSync } from 'node:fs';

/** Counts the tests and collects the reasons of those that were skipped. */
export default class CountingReporter {
  onTestRunEnd(modules, errors) {
    const counts = { passed: 0, failed: errors.length, skipped: {} };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'passed') counts.passed++;
        else if (state === 'failed') counts.failed++;
        else {
          const reason = note ?? `${module.relativeModuleId}: no reason given`;
          counts.skipped[reason] = (counts.skipped[reason] ?? 0) + 1;
        }
      }
    }
    writeFileSync(process.env.ANACRUSIS_TEST_COUNTS, JSON.stringify(counts));
  }
}
