import { barHeights, checkStrip, numberText, wrapColumns, type TokenStrip } from './token-strip.js';
import { displayWidth, padEnd, visible, visibleToken } from './text-width.js';

const BLOCKS = '▁▂▃▄▅▆▇█';

/**
 * Tokens in a row, with block-character bars, marks and numbers under each, aligned by token and
 * wrapped at `width` columns (default 100).
 * @throws ArgumentError when a list's length is not the number of tokens
 */
export function tokenStripText(
  strip: TokenStrip,
  { width = 100 }: { width?: number } = {},
): string {
  checkStrip(strip);
  const lines = stripLines(strip);
  const gutter = Math.max(...lines.map(({ label }) => displayWidth(label))) + 2;
  const columns = strip.tokens.map(
    (_, token) => Math.max(...lines.map(({ cells }) => displayWidth(cells[token]!))) + 1,
  );
  const rows = wrapColumns(columns, Math.max(width - gutter, 1));
  const blocks = rows.map((row) =>
    lines.map(({ label, cells, fill }) => {
      const shown = row.map((token) => {
        const cell = cells[token]!;
        return padEnd(fill ? cell.repeat(columns[token]! - 1) : cell, columns[token]!);
      });
      return `${padEnd(label, gutter)}${shown.join('')}`.trimEnd();
    }),
  );
  const title = strip.title ? [visible(strip.title), ''] : [];
  return `${[...title, blocks.map((block) => block.join('\n')).join('\n\n')].join('\n')}\n`;
}

interface StripLine {
  label: string;
  cells: string[];
  /** Repeats the cell over the width of its token. */
  fill?: boolean;
}

function stripLines({ tokens, bars = [], marks = [], numbers = [] }: TokenStrip): StripLine[] {
  return [
    { label: '', cells: tokens.map(visibleToken) },
    ...bars.map((bar) => ({ label: bar.label, cells: barHeights(bar).map(block), fill: true })),
    ...marks.map(({ label, members }) => ({
      label,
      cells: Array.from(members, (member) => (member ? '●' : ' ')),
    })),
    ...numbers.map(({ label, values, digits, dim }) => ({
      label,
      cells: Array.from(values, (value) => (value === dim ? '·' : numberText(value, digits))),
    })),
  ];
}

function block(share: number): string {
  return Number.isNaN(share) ? ' ' : BLOCKS[Math.min(Math.floor(share * 8), 7)]!;
}
