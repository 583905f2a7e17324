import { ArgumentError } from './argument-error.js';

/** What is shown under each token of a text: bars, marks, numbers. All lists have one entry a token. */
export interface TokenStrip {
  title?: string;
  tokens: readonly string[];
  /** Signals drawn as bars from `min` (default 0) to `max` (default: the largest value). */
  bars?: readonly {
    label: string;
    /** A value that is not finite has no bar: the signal is not defined there. */
    values: ArrayLike<number>;
    min?: number;
    max?: number;
  }[];
  /** Named sets: which tokens belong. */
  marks?: readonly { label: string; members: ArrayLike<number | boolean> }[];
  /** Numbers printed as they are; those equal to `dim` (such as a credit of 1) step back. */
  numbers?: readonly { label: string; values: ArrayLike<number>; digits?: number; dim?: number }[];
}

/** @throws ArgumentError when a list's length is not the number of tokens */
export function checkStrip({ tokens, bars = [], marks = [], numbers = [] }: TokenStrip): void {
  const lists = [
    ...bars.map(({ label, values }) => [`bars ${JSON.stringify(label)}`, values] as const),
    ...marks.map(({ label, members }) => [`marks ${JSON.stringify(label)}`, members] as const),
    ...numbers.map(({ label, values }) => [`numbers ${JSON.stringify(label)}`, values] as const),
  ];
  for (const [name, { length }] of lists) {
    if (length === tokens.length) continue;
    throw new ArgumentError(name, `${tokens.length} entries, one a token`, String(length));
  }
}

/** Share of a bar that each value fills, from 0 to 1; NaN where there is none. */
export function barHeights(bar: NonNullable<TokenStrip['bars']>[number]): number[] {
  const values = Array.from(bar.values);
  const finite = values.filter((value) => Number.isFinite(value));
  const min = bar.min ?? 0;
  const max = bar.max ?? finite.reduce((most, value) => Math.max(most, value), min);
  return values.map((value) => {
    if (!Number.isFinite(value)) return NaN;
    return max > min ? Math.min(Math.max((value - min) / (max - min), 0), 1) : 0;
  });
}

/** Splits columns of the given widths into rows of at most `limit`. */
export function wrapColumns(widths: readonly number[], limit: number): number[][] {
  const rows: number[][] = [];
  let used = Infinity;
  widths.forEach((width, column) => {
    if (used + width > limit) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)!.push(column);
    used += width;
  });
  return rows;
}

/** A number of a strip as printed; nothing where it is not finite. */
export function numberText(value: number, digits = 2): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '';
}
