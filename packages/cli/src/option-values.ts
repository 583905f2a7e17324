import { InvalidArgumentError } from 'commander';

/** How the text of an option becomes its value. */
export interface ValueRule<Value = unknown> {
  /** Stands for the value in the help. */
  placeholder: string;
  /** All values, where they can be listed. */
  choices?: readonly string[];
  /** @throws InvalidArgumentError naming what was expected */
  parse(text: string): Value;
}

interface Range {
  from?: number;
  /** Like `from`, itself not allowed. */
  above?: number;
  to?: number;
  /** Like `to`, itself not allowed. */
  below?: number;
}

function rangeText({ from, above, to, below }: Range): string {
  const parts = [
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(to === undefined ? [] : [`to ${to}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  return parts.join(' ');
}

function numeric(
  kind: string,
  accepts: (value: number) => boolean,
  range: Range,
): ValueRule<number> {
  const { from = -Infinity, above = -Infinity, to = Infinity, below = Infinity } = range;
  const expected = `Expected ${kind} ${rangeText(range)}`.trimEnd();
  return {
    placeholder: 'number',
    parse(text) {
      const value = text.trim() === '' ? NaN : Number(text);
      const inside = value >= from && value > above && value <= to && value < below;
      if (inside && accepts(value)) return value;
      throw new InvalidArgumentError(`${expected}.`);
    },
  };
}

/** A finite number in a range. */
export const real = (range: Range = {}): ValueRule<number> =>
  numeric('a number', Number.isFinite, range);

/** A whole number of at least `from`. */
export const whole = (from: number): ValueRule<number> =>
  numeric('a whole number', Number.isSafeInteger, { from });

/** Any text but none. */
export const text: ValueRule<string> = {
  placeholder: 'text',
  parse(given) {
    if (given !== '') return given;
    throw new InvalidArgumentError('Expected some text.');
  },
};

/** A device by name. */
export const deviceName: ValueRule<string> = {
  placeholder: 'name',
  parse(given) {
    if (/^(cpu|cuda|cuda:\d+|auto)$/.test(given)) return given;
    throw new InvalidArgumentError('Expected cpu, cuda, cuda:N or auto.');
  },
};

/** One of the keys: a record, so that the compiler sees to it that none is missing. */
export function oneOf<Name extends string>(names: Record<Name, true>): ValueRule<Name> {
  const choices = Object.keys(names) as Name[];
  return {
    ...{ placeholder: 'name', choices },
    parse(given) {
      const found = choices.find((choice) => choice === given);
      if (found !== undefined) return found;
      throw new InvalidArgumentError(`Expected ${choices.join(', ')}.`);
    },
  };
}

/** `count` values joined by commas. */
export function list<Value>(count: number, { parse }: ValueRule<Value>): ValueRule<Value[]> {
  return {
    placeholder: 'numbers',
    parse(given) {
      const values = given.split(',').map((part) => parse(part));
      if (values.length === count) return values;
      throw new InvalidArgumentError(`Expected ${count} numbers joined by commas.`);
    },
  };
}
