import { CommanderError } from 'commander';

/** An argument of the command line that cannot be meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Errors that say that an argument is wrong; by name, since their packages may not be loaded. */
const ARGUMENT_ERRORS = new Set([
  'UsageError',
  'ArgumentError',
  'ArgumentTypeError',
  'ArgumentRangeError',
  'ValueError',
]);

/** File errors that the arguments do not cause. */
const MACHINE_CODES = new Set(['noSpace', 'io']);

function isUsage(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { name?: string; code?: string };
  if (name === 'CheckpointError') return !MACHINE_CODES.has(code ?? '');
  return ARGUMENT_ERRORS.has(name ?? '');
}

/** 2 for what the arguments cause, 1 for everything else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return isUsage(error) ? 2 : 1;
}

/** What goes to stderr: one line for wrong usage, else the message and what to do about it. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (isUsage(error)) return `error: ${message.replace(/\s*\n\s*/g, ' ')}\n`;
  const stack = process.env.ANACRUSIS_DEBUG && error instanceof Error ? `${error.stack}\n` : '';
  return `error: ${message}\n${stack}${hintFor(error)}\n`;
}

function hintFor(error: unknown): string {
  const { name } = (error ?? {}) as { name?: string };
  if (name === 'DeviceError') return 'anacrusis doctor looks at the installation.';
  if (name === 'CheckpointError')
    return 'Free the disk or choose another --run-dir, then --resume.';
  if (name === 'OutOfMemoryError') return 'Fewer or shorter sequences at a time need less memory.';
  return 'ANACRUSIS_DEBUG=1 shows where this comes from.';
}
