import { COLORS, element, GRAY, INK, MONO, svg, text } from './svg.js';
import { displayWidth, visible, visibleToken } from './text-width.js';
import { barHeights, checkStrip, numberText, wrapColumns, type TokenStrip } from './token-strip.js';

const CHARACTER = 8.5;
const MIN_COLUMN = 34;
const DIGIT = 7;
const TOKEN_HEIGHT = 26;
const BAR_HEIGHT = 34;
const MAX_BAR = 36;
const LINE_HEIGHT = 18;
const ROW_GAP = 22;
const PAD = 20;

/**
 * Tokens in a row as SVG text, with bars, marks and numbers under each, aligned by token and wrapped
 * at `width` pixels (default 960).
 * @throws ArgumentError when a list's length is not the number of tokens
 */
export function tokenStripSvg(strip: TokenStrip, { width = 960 }: { width?: number } = {}): string {
  checkStrip(strip);
  const lines = layOutLines(strip);
  const gutter = Math.max(0, ...lines.map(({ label }) => displayWidth(label))) * 7 + 16;
  const widths = strip.tokens.map((token, i) => {
    const numbers = (strip.numbers ?? []).map(
      ({ values, digits }) => numberText(values[i]!, digits).length * DIGIT + 8,
    );
    return Math.max(MIN_COLUMN, displayWidth(visibleToken(token)) * CHARACTER + 14, ...numbers);
  });
  const rows = wrapColumns(widths, width - 2 * PAD - gutter);
  const rowHeight = TOKEN_HEIGHT + lines.reduce((sum, { height }) => sum + height, 0);
  const parts: string[] = [];
  let top = PAD;
  if (strip.title) {
    parts.push(text(visible(strip.title), PAD, top + 10, { size: 16, weight: 600 }));
    top += 30;
  }
  for (const row of rows) {
    let x = PAD + gutter;
    const cells = row.map((token) => {
      const cell = { token, x, width: widths[token]! };
      x += cell.width;
      return cell;
    });
    parts.push(...drawTokens(strip, cells, top));
    let y = top + TOKEN_HEIGHT;
    for (const line of lines) {
      parts.push(text(visible(line.label), PAD, y + line.height - 6, { fill: GRAY }));
      parts.push(...line.draw(cells, y));
      y += line.height;
    }
    top += rowHeight + ROW_GAP;
  }
  return svg(width, Math.ceil(top - (rows.length > 0 ? ROW_GAP : 0) + PAD), parts);
}

interface Cell {
  token: number;
  x: number;
  width: number;
}

interface Line {
  label: string;
  height: number;
  draw: (cells: readonly Cell[], top: number) => string[];
}

function layOutLines({ bars = [], marks = [], numbers = [] }: TokenStrip): Line[] {
  return [
    ...bars.map((bar, i) => barLine(bar, COLORS[i % COLORS.length]!)),
    ...marks.map((mark, i) => markLine(mark, COLORS[i % COLORS.length]!)),
    ...numbers.map(numberLine),
  ];
}

function drawTokens({ tokens }: TokenStrip, cells: readonly Cell[], top: number): string[] {
  return cells.flatMap(({ token, x, width }) => [
    element('rect', { x: x + 1, y: top, width: width - 2, height: 22, rx: 3, fill: '#eef1f5' }),
    text(visibleToken(tokens[token]!), x + width / 2, top + 15.5, {
      anchor: 'middle',
      size: 13,
      family: MONO,
    }),
  ]);
}

function barLine(bar: NonNullable<TokenStrip['bars']>[number], color: string): Line {
  const shares = barHeights(bar);
  const draw: Line['draw'] = (cells, top) => {
    const base = top + BAR_HEIGHT - 4;
    return cells.flatMap(({ token, x, width }) => {
      const share = shares[token]!;
      const ground = { x: x + 1, y: base, width: width - 2, height: 1, fill: '#d5dae1' };
      if (Number.isNaN(share)) return [];
      const height = share * (BAR_HEIGHT - 8);
      const wide = Math.min(width - 8, MAX_BAR);
      const left = x + (width - wide) / 2;
      const box = { x: left, y: base - height, width: wide, height, rx: 1.5, fill: color };
      const hint = element('title', {}, `${bar.values[token]!}`);
      return [element('rect', ground), element('rect', box, hint)];
    });
  };
  return { label: bar.label, height: BAR_HEIGHT, draw };
}

function markLine(mark: NonNullable<TokenStrip['marks']>[number], color: string): Line {
  const draw: Line['draw'] = (cells, top) =>
    cells
      .filter(({ token }) => mark.members[token])
      .map(({ x, width }) =>
        element('circle', { cx: x + width / 2, cy: top + LINE_HEIGHT - 10, r: 4, fill: color }),
      );
  return { label: mark.label, height: LINE_HEIGHT, draw };
}

function numberLine({
  label,
  values,
  digits,
  dim,
}: NonNullable<TokenStrip['numbers']>[number]): Line {
  const draw: Line['draw'] = (cells, top) =>
    cells.map(({ token, x, width }) => {
      const value = values[token]!;
      const style =
        value === dim ? ({ fill: '#a7afbb' } as const) : ({ fill: INK, weight: 600 } as const);
      return text(numberText(value, digits), x + width / 2, top + LINE_HEIGHT - 6, {
        anchor: 'middle',
        size: 11,
        ...style,
      });
    });
  return { label, height: LINE_HEIGHT, draw };
}
