import { ArgumentError } from './argument-error.js';

/** One line of a plot. Points that are not finite are gaps. */
export interface Series {
  label: string;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  /** An interval around the line, such as a confidence interval, at the same `x`. */
  band?: { low: ArrayLike<number>; high: ArrayLike<number> };
}

/** An axis: its range and where its marks are. */
export interface Axis {
  min: number;
  max: number;
  ticks: number[];
  /** Text of a mark. */
  label: (tick: number) => string;
}

export type Range = readonly [min: number, max: number];

/** @throws ArgumentError when lengths differ */
export function checkSeries(series: readonly Series[]): void {
  for (const { label, x, y, band } of series) {
    for (const [name, values] of Object.entries({ y, low: band?.low, high: band?.high })) {
      if (values && values.length !== x.length) {
        const parameter = `series ${JSON.stringify(label)}.${name}`;
        throw new ArgumentError(parameter, `${x.length} values, as x has`, String(values.length));
      }
    }
  }
}

export function xRange(series: readonly Series[]): Range {
  return rangeOf(series.flatMap(({ x }) => [x]));
}

export function yRange(series: readonly Series[]): Range {
  return rangeOf(series.flatMap(({ y, band }) => (band ? [y, band.low, band.high] : [y])));
}

/**
 * An axis over a range with about `count` marks at multiples of 1, 2 or 5 times a power of ten.
 * With `grow`, the axis ends at marks.
 */
export function makeAxis([low, high]: Range, count: number, grow: boolean): Axis {
  const [min, max] = low < high ? [low, high] : [low - 0.5, high + 0.5];
  const rough = (max - min) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
  const slack = 1e-9;
  const first = grow ? Math.floor(min / step + slack) : Math.ceil(min / step - slack);
  const last = grow ? Math.ceil(max / step - slack) : Math.floor(max / step + slack);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + slack));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  const large = Math.max(Math.abs(min), Math.abs(max)) >= 1e4;
  return {
    min: grow ? first * step : min,
    max: grow ? last * step : max,
    ticks: ticks.map((tick) => Number(tick.toPrecision(12))),
    label: (tick) => (large || digits > 5 ? scientific(tick, step) : tick.toFixed(digits)),
  };
}

function scientific(tick: number, step: number): string {
  if (tick === 0) return '0';
  for (const [size, suffix] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (step >= size / 1000 && Math.abs(tick) >= size && Math.abs(tick) < size * 1000) {
      return `${Number((tick / size).toPrecision(6))}${suffix}`;
    }
  }
  return String(Number(tick.toPrecision(6)));
}

function rangeOf(lists: readonly ArrayLike<number>[]): Range {
  let min = Infinity;
  let max = -Infinity;
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      const value = list[i]!;
      if (!Number.isFinite(value)) continue;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  return min <= max ? [min, max] : [0, 1];
}
