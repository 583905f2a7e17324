import { checkSeries, makeAxis, xRange, yRange, type Axis, type Series } from './series.js';
import { visible } from './text-width.js';

export interface TerminalCurveOptions {
  title?: string;
  /** Size in characters, axes included (default 72 by 16). */
  width?: number;
  height?: number;
  /** Tell lines apart by colour (ANSI) and not by their mark. */
  color?: boolean;
}

const MARKS = ['●', '○', '▲', '△', '■', '□'];
const ANSI = [36, 33, 32, 35, 31, 34];

/** Bits of the dots of a braille character: two columns of four. */
const BRAILLE = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];

/**
 * A line chart for the terminal. One line, or several with `color`, is drawn in braille dots (2 by 4
 * a character); several without colour get a mark each.
 * @throws ArgumentError when a series' lengths differ
 */
export function terminalCurve(
  series: readonly Series[],
  options: TerminalCurveOptions = {},
): string {
  checkSeries(series);
  const { title, width = 72, height = 16, color = false } = options;
  const braille = color || series.length <= 1;
  const rows = Math.max(3, height - 2 - (title ? 1 : 0) - (series.length > 1 ? 1 : 0));
  const y = makeAxis(yRange(series.map(withoutBand)), Math.max(2, rows / 3), false);
  const gutter = Math.max(...y.ticks.map((tick) => y.label(tick).length)) + 1;
  const columns = Math.max(10, width - gutter - 1);
  const x = makeAxis(xRange(series), Math.max(2, columns / 12), false);
  const cells = braille
    ? drawBraille(series, x, y, columns, rows, color)
    : drawMarks(series, x, y, columns, rows);
  const lines = cells.map((row, i) => `${yLabel(y, i, rows, gutter)}${row.join('')}`.trimEnd());
  lines.push(...xLabels(x, gutter, columns));
  if (title) lines.unshift(`${' '.repeat(gutter + 1)}${visible(title)}`);
  if (series.length > 1) lines.push(legend(series, gutter, color));
  return `${lines.join('\n')}\n`;
}

/** The band is not drawn here: it takes no room either. */
function withoutBand({ label, x, y }: Series): Series {
  return { label, x, y };
}

type Cells = string[][];

function drawBraille(
  series: readonly Series[],
  x: Axis,
  y: Axis,
  columns: number,
  rows: number,
  color: boolean,
): Cells {
  const dots = Array.from({ length: rows }, () => new Uint8Array(columns));
  const owner = Array.from({ length: rows }, () => new Int8Array(columns).fill(-1));
  series.forEach((line, index) => {
    trace(line, x, y, columns * 2, rows * 4, (column, row) => {
      dots[row >> 2]![column >> 1]! |= BRAILLE[column & 1]![row & 3]!;
      owner[row >> 2]![column >> 1] = index;
    });
  });
  return dots.map((row, i) =>
    Array.from(row, (bits, j) => {
      if (bits === 0) return ' ';
      const character = String.fromCharCode(0x2800 + bits);
      return color ? paint(character, owner[i]![j]!) : character;
    }),
  );
}

function drawMarks(
  series: readonly Series[],
  x: Axis,
  y: Axis,
  columns: number,
  rows: number,
): Cells {
  const cells: Cells = Array.from({ length: rows }, () => Array<string>(columns).fill(' '));
  series.forEach((line, index) => {
    trace(line, x, y, columns, rows, (column, row) => {
      cells[row]![column] = MARKS[index % MARKS.length]!;
    });
  });
  return cells;
}

/** Visits the dots of a polyline, column by column where it is flat, row by row where it is steep. */
function trace(
  { x, y }: Series,
  xAxis: Axis,
  yAxis: Axis,
  columns: number,
  rows: number,
  visit: (column: number, row: number) => void,
): void {
  const scale = (value: number, { min, max }: Axis, size: number): number =>
    Math.round(((value - min) / (max - min)) * (size - 1));
  let last: [number, number] | undefined;
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(x[i]) || !Number.isFinite(y[i])) {
      last = undefined;
      continue;
    }
    const point: [number, number] = [
      scale(x[i]!, xAxis, columns),
      rows - 1 - scale(y[i]!, yAxis, rows),
    ];
    const [fromColumn, fromRow] = last ?? point;
    const steps = Math.max(Math.abs(point[0] - fromColumn), Math.abs(point[1] - fromRow), 1);
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      visit(
        Math.round(fromColumn + (point[0] - fromColumn) * share),
        Math.round(fromRow + (point[1] - fromRow) * share),
      );
    }
    last = point;
  }
}

function yLabel(axis: Axis, row: number, rows: number, gutter: number): string {
  const tick = axis.ticks.find(
    (at) => Math.round(((axis.max - at) / (axis.max - axis.min)) * (rows - 1)) === row,
  );
  return tick === undefined ? `${' '.repeat(gutter)}│` : `${axis.label(tick).padStart(gutter)}┤`;
}

function xLabels(axis: Axis, gutter: number, columns: number): string[] {
  const rule = Array<string>(columns).fill('─');
  const names = Array<string>(columns + gutter + 1).fill(' ');
  let free = 0;
  for (const tick of axis.ticks) {
    const column = Math.round(((tick - axis.min) / (axis.max - axis.min)) * (columns - 1));
    const name = axis.label(tick);
    const middle = gutter + 1 + column - Math.floor(name.length / 2);
    const start = Math.max(free, Math.min(middle, names.length - name.length));
    if (start > middle + name.length) continue;
    rule[column] = '┬';
    [...name].forEach((character, i) => (names[start + i] = character));
    free = start + name.length + 1;
  }
  return [`${' '.repeat(gutter)}└${rule.join('')}`, names.join('').trimEnd()];
}

function legend(series: readonly Series[], gutter: number, color: boolean): string {
  const items = series.map(({ label }, index) => {
    const mark = color ? paint('━━', index) : MARKS[index % MARKS.length]!;
    return `${mark} ${visible(label)}`;
  });
  return `${' '.repeat(gutter + 1)}${items.join('   ')}`;
}

function paint(content: string, index: number): string {
  return `\u001b[${ANSI[index % ANSI.length]}m${content}\u001b[0m`;
}
