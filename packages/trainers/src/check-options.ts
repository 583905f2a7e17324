import { ArgumentError } from '@anacrusis/tensor';

/** What an option may be, in words, and whether a value is. */
export interface OptionRule {
  expected: string;
  accepts: (value: unknown) => boolean;
}

/** A whole number from `from` on. */
export const whole = (from: number): OptionRule => ({
  expected: `a whole number >= ${from}`,
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= from,
});

/** A finite number in [from, to], without `from` itself when `open`. */
export const real = (from: number, to = Infinity, open = false): OptionRule => ({
  expected: `a finite number ${open ? '>' : '>='} ${from}${to === Infinity ? '' : ` and <= ${to}`}`,
  accepts: (value) =>
    Number.isFinite(value) &&
    (value as number) <= to &&
    (open ? (value as number) > from : (value as number) >= from),
});

export const oneOf = (...choices: string[]): OptionRule => ({
  expected: `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`,
  accepts: (value) => choices.includes(value as string),
});

export const text: OptionRule = {
  expected: 'a text that is not empty',
  accepts: (value) => typeof value === 'string' && value !== '',
};

/** Two numbers in [0, 1). */
export const decayRates: OptionRule = {
  expected: 'two numbers >= 0 and < 1',
  accepts: (value) =>
    Array.isArray(value) && value.length === 2 && value.every((beta) => beta >= 0 && beta < 1),
};

export const optional = ({ expected, accepts }: OptionRule): OptionRule => ({
  expected,
  accepts: (value) => value === undefined || accepts(value),
});

/** @throws ArgumentError for the first option that is unknown or not what its rule says */
export function checkOptions<O extends object>(
  op: string,
  options: O,
  rules: Record<keyof O & string, OptionRule>,
): void {
  for (const [parameter, value] of Object.entries(options)) {
    const rule = (rules as Record<string, OptionRule | undefined>)[parameter];
    if (rule?.accepts(value)) continue;
    throw new ArgumentError({
      code: rule ? 'ERR_RANGE' : 'ERR_UNKNOWN_ARGUMENT',
      ...{ op, parameter, expected: rule?.expected ?? 'a known option' },
      received: JSON.stringify(value) ?? String(value),
    });
  }
}
