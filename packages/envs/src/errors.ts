/** What every argument error of this package carries. */
export interface ArgumentFault {
  /** Stable identifier, safe to branch on. */
  readonly code: string;
  /** Which argument, as a path (`options.numbers`). */
  readonly parameter: string;
  /** What would have been accepted. */
  readonly expected: string;
  /** What came, shortened. */
  readonly received: string;
}

const sentence = (parameter: string, expected: string, received: string) =>
  `${parameter}: expected ${expected}, received ${received}`;

/** An argument of the wrong type. */
export class ArgumentTypeError extends TypeError implements ArgumentFault {
  override readonly name = 'ArgumentTypeError';
  readonly code = 'ERR_TYPE';
  readonly received: string;

  constructor(
    readonly parameter: string,
    readonly expected: string,
    received: unknown,
  ) {
    const shown = show(received);
    super(sentence(parameter, expected, shown));
    this.received = shown;
  }
}

/** An argument of the right type whose value is not allowed. */
export class ArgumentRangeError extends RangeError implements ArgumentFault {
  override readonly name = 'ArgumentRangeError';
  readonly code = 'ERR_RANGE';
  readonly received: string;

  constructor(
    readonly parameter: string,
    readonly expected: string,
    received: unknown,
  ) {
    const shown = show(received);
    super(sentence(parameter, expected, shown));
    this.received = shown;
  }
}

/** Throws unless `value` is an integer in `min`..`max`. */
export function checkInteger(parameter: string, value: unknown, min: number, max: number): void {
  const expected = `an integer in ${min}..${max}`;
  if (typeof value !== 'number') throw new ArgumentTypeError(parameter, expected, value);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ArgumentRangeError(parameter, expected, value);
  }
}

/** Throws unless `value` is a number in [0, 1]. */
export function checkProbability(parameter: string, value: unknown): void {
  const expected = 'a number in [0, 1]';
  if (typeof value !== 'number') throw new ArgumentTypeError(parameter, expected, value);
  if (!(value >= 0 && value <= 1)) throw new ArgumentRangeError(parameter, expected, value);
}

/** Throws unless `value` is a string. */
export function checkString(parameter: string, value: unknown): void {
  if (typeof value !== 'string') throw new ArgumentTypeError(parameter, 'a string', value);
}

/** Throws unless `value` is a plain object that has no keys but `known`. */
export function checkOptions(parameter: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ArgumentTypeError(parameter, 'an object', value);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new ArgumentRangeError(parameter, `only the options ${known.join(', ')}`, key);
    }
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  }
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  return value === null ? 'null' : typeof value;
}
