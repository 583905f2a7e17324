import { ArgumentError } from '@anacrusis/native';

/** An ArgumentError in one line. */
export function refuse(
  op: string,
  parameter: string,
  expected: string,
  received: string,
  code = 'ERR_SHAPE',
): ArgumentError {
  return new ArgumentError({ code, op, parameter, expected, received });
}

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Runs a raw op; what it refuses is said in the names of the function that the user called. */
export function speakAs(op: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error?.constructor !== ArgumentError) throw error;
    const { code, parameter, expected, received } = error;
    throw new ArgumentError({ code, op, parameter: camelCase(parameter), expected, received });
  }
}
