import { ArgumentError as TensorArgumentError } from '@anacrusis/tensor';

/** An argument that is not what it must be: an `ArgumentError` of the library, made in one line. */
export class ArgumentError extends TensorArgumentError {
  constructor(parameter: string, expected: string, received: string) {
    super({ code: 'ERR_RANGE', op: 'run', parameter, expected, received });
  }
}

/** Refuses a step that is not a whole number from 0 to 2^53-1. */
export function checkStep(step: number): void {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new ArgumentError('step', 'a whole number from 0', String(step));
  }
}
