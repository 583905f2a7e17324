const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ZERO_WIDTH = /^[\p{Mark}\p{Cf}]/u;
const PICTURE = /^\p{Emoji_Presentation}|\ufe0f/u;

/** First and last code points of the wide blocks (Unicode 15, East Asian Width W and F). */
const WIDE = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
] as const;

/** Number of terminal columns that a text takes. */
export function displayWidth(content: string): number {
  let width = 0;
  for (const { segment } of SEGMENTS.segment(content)) width += segmentWidth(segment);
  return width;
}

/** The text with spaces up to `width` columns. */
export function padEnd(content: string, width: number): string {
  return content + ' '.repeat(Math.max(0, width - displayWidth(content)));
}

/**
 * A text in one row with nothing hidden in it: line breaks, tabs and other control characters, with
 * which a token could steer a terminal, become visible signs.
 */
export function visible(content: string): string {
  return content.replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu, (hidden) => {
    if (hidden === '\n') return '↵';
    if (hidden === '\t') return '⇥';
    return hidden < ' ' ? String.fromCharCode(0x2400 + hidden.charCodeAt(0)) : '\ufffd';
  });
}

/** A token as `visible`, with its spaces shown, so that ` a` and `a` differ. */
export function visibleToken(token: string): string {
  return token === '' ? '∅' : visible(token).replaceAll(' ', '·');
}

function segmentWidth(segment: string): number {
  if (ZERO_WIDTH.test(segment)) return 0;
  if (PICTURE.test(segment)) return 2;
  const point = segment.codePointAt(0)!;
  return WIDE.some(([first, last]) => point >= first && point <= last) ? 2 : 1;
}
