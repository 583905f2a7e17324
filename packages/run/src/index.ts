export { ArgumentError } from './argument-error.js';
export { EventFile } from './event-file.js';
export { onInterrupt, type Interrupt } from './interrupt.js';
export type { Json } from './json.js';
export { readMetrics, type MetricRow } from './metrics.js';
export {
  latestCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  verifyCheckpoint,
} from './read-checkpoint.js';
export type { Checkpoint, LatestCheckpoint, SkippedCheckpoint } from './read-checkpoint.js';
export { resumeRun, type ResumedRun } from './resume.js';
export { RunDirectory, readConfig, type RunConfig, type RunOptions } from './run-directory.js';
export { saveCheckpoint, type CheckpointContent, type SavedCheckpoint } from './save-checkpoint.js';
export { packageVersions } from './versions.js';
export { Progress, type ProgressOptions } from './progress.js';
export { curveSvg, type CurveOptions } from './curve-svg.js';
export { terminalCurve, type TerminalCurveOptions } from './curve-text.js';
export type { Series } from './series.js';
export type { TokenStrip } from './token-strip.js';
export { tokenStripSvg } from './token-strip-svg.js';
export { tokenStripText } from './token-strip-text.js';
