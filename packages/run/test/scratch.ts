import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RunDirectory } from '@anacrusis/run';
import { onTestFinished } from 'vitest';

/** A folder that is gone after the test. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'anacrusis-run-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export const OPTIONS = { name: 'task', config: { lr: 0.003 }, seed: 7, device: 'cpu' };

/** A new run in such a folder. */
export function scratchRun(): RunDirectory {
  const run = RunDirectory.create(join(scratch(), 'run'), OPTIONS);
  onTestFinished(() => run.close());
  return run;
}
