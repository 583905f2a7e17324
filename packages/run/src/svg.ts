/** Colours that stay apart for most kinds of colour blindness (Okabe and Ito, 2008, darkened). */
export const COLORS = ['#0068a8', '#d1561b', '#00815c', '#b0568e', '#8a6d00', '#3d4aa8', '#5f6b7a'];
export const INK = '#1d2530';
export const GRAY = '#5f6b7a';

export const SANS = 'Inter, system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif';
export const MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace';

/** A whole picture on a light ground. */
export function svg(width: number, height: number, parts: readonly string[]): string {
  const ground = element('rect', { width, height, fill: '#ffffff' });
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${SANS}">`;
  return `${[open, ground, ...parts.filter((part) => part !== ''), '</svg>'].join('\n')}\n`;
}

export type Attributes = Record<string, string | number | undefined>;

/** An element; `content` is markup, so text in it must have gone through `escapeXml`. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const pairs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeXml(value!)}"`,
    );
  return `<${name}${pairs.join('')}${content === '' ? '/>' : `>${content}</${name}>`}`;
}

export interface TextStyle {
  anchor?: 'start' | 'middle' | 'end';
  size?: number;
  weight?: number;
  fill?: string;
  transform?: string;
  family?: string;
}

export function text(content: string, x: number, y: number, style: TextStyle = {}): string {
  const { anchor, size = 12, weight, fill = INK, transform, family } = style;
  const attributes = {
    x,
    y,
    'font-size': size,
    fill,
    'text-anchor': anchor,
    'font-weight': weight,
    'font-family': family,
    transform,
    'xml:space': 'preserve',
  };
  return element('text', attributes, escapeXml(content));
}

/** Text as it may stand in markup; characters that XML cannot hold become the replacement sign. */
export function escapeXml(content: string): string {
  return content
    .replaceAll(/[\ud800-\udfff\ufffe\uffff]|(?![\t\n\r])\p{Cc}/gu, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function round(value: number): string {
  return String(Number(value.toFixed(2)));
}
