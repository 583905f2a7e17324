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

/** @throws ArgumentError `ERR_TYPE` or `ERR_RANGE` unless `value` is one of `choices`. */
export function expectOneOf(
  op: string,
  parameter: string,
  value: unknown,
  choices: readonly (string | boolean)[],
): void {
  if (choices.includes(value as string)) return;
  const [received, code] =
    typeof value === 'string' ? [`'${value}'`, 'ERR_RANGE'] : [String(value), 'ERR_TYPE'];
  throw refuse(
    op,
    parameter,
    `one of ${choices.map((choice) => (typeof choice === 'string' ? `'${choice}'` : choice)).join(' ')}`,
    received,
    code,
  );
}

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Runs a raw op; what it refuses is said in the names of the function that the user called.
 * @param translate what the raw op received, in the user's terms
 */
export function speakAs(
  op: string,
  run: () => void,
  translate = (received: string): string => received,
): void {
  try {
    run();
  } catch (error) {
    if (error?.constructor !== ArgumentError) throw error;
    const { code, parameter, expected, received } = error;
    const said = { expected, received: translate(received) };
    throw new ArgumentError({ code, op, parameter: camelCase(parameter), ...said });
  }
}
