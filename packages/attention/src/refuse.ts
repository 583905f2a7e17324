import { ArgumentError } from '@anacrusis/native';

/** An ArgumentError in one line. */
export function refuse(
  op: string,
  parameter: string,
  expected: string,
  received: unknown,
  code = 'ERR_RANGE',
): ArgumentError {
  return new ArgumentError({ code, op, parameter, expected, received: String(received) });
}
