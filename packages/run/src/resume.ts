import { CheckpointError } from '@anacrusis/tensor';

import { latestCheckpoint, type Checkpoint, type SkippedCheckpoint } from './read-checkpoint.js';
import { RunDirectory } from './run-directory.js';

export interface ResumedRun {
  run: RunDirectory;
  checkpoint: Checkpoint;
  /** Newer checkpoints that are damaged, and why. */
  skipped: SkippedCheckpoint[];
  /** Lines removed from `metrics.jsonl`: the steps that will be repeated. */
  removedMetrics: number;
}

/**
 * Opens a run at its last whole checkpoint: what was logged after that step is forgotten.
 * @throws CheckpointError (`incomplete` when no checkpoint is whole, `notFound`, `locked`, ...);
 *   the run is then as it was
 */
export function resumeRun(dir: string): ResumedRun {
  const run = RunDirectory.open(dir);
  try {
    const { checkpoint, skipped } = latestCheckpoint(run);
    if (!checkpoint) {
      const reasons = skipped.map(({ reason }) => reason);
      const reason = ['has no checkpoint to resume from', ...reasons].join('; ');
      throw new CheckpointError('incomplete', dir, reason);
    }
    return { run, checkpoint, skipped, removedMetrics: run.rewind(checkpoint.step) };
  } catch (error) {
    run.close();
    throw CheckpointError.from(error, dir);
  }
}
