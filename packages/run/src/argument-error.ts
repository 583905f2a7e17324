/** An argument that is not what it must be: which, what was expected, what came. */
export class ArgumentError extends RangeError {
  override readonly name = 'ArgumentError';
  readonly code = 'ERR_ARGUMENT';

  constructor(
    readonly parameter: string,
    readonly expected: string,
    readonly received: string,
  ) {
    super(`${parameter}: expected ${expected}, received ${received}`);
  }
}

/** Refuses a step that is not a whole number from 0 to 2^53-1. */
export function checkStep(step: number): void {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new ArgumentError('step', 'a whole number from 0', String(step));
  }
}
