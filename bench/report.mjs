// A family's results as a Markdown table and as a bar picture.
import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const ms = (seconds) => (seconds * 1e3).toPrecision(3);
const ratio = (x) => (x === undefined ? '' : `${x.toFixed(x < 10 ? 2 : 1)}x`);
const percent = (x) => `${(100 * x).toFixed(0)} %`;

const megabytes = (sizes = {}) =>
  Object.entries(sizes)
    .map(([name, bytes]) => `${name} ${(bytes / 1e6).toPrecision(3)} MB`)
    .join(', ');

/** | case | ms cold | ms warm | share of the yardstick | ratios to peers | */
export function markdown(title, rows) {
  const timed = rows.filter(({ figures }) => figures.seconds);
  const modes = [...new Set(timed.flatMap(({ figures }) => Object.keys(figures.ratios)))];
  const memory = timed.some(({ figures }) => figures.extra_memory);
  const head = ['case', 'ms cold', 'ms warm', 'MB', 'GFLOP', 'share cold', 'share warm', ...modes];
  const lines = timed.map(({ name, figures: f }) => [
    name,
    ms(f.seconds['ours cold'].median),
    ms(f.seconds['ours warm'].median),
    (f.bytes / 1e6).toPrecision(3),
    f.flops ? (f.flops / 1e9).toPrecision(3) : '',
    `${percent(f.share.cold)} of ${f.yardstick.kind}`,
    percent(f.share.warm),
    ...modes.map((mode) => ratio(f.ratios[mode])),
    ...(memory ? [megabytes(f.extra_memory)] : []),
  ]);
  const failed = rows
    .filter(({ figures }) => figures.wrong)
    .map(({ name, figures }) => `**${name}: not timed, its results are wrong** (${figures.wrong})`);
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  return [`### ${title}`, '', ...table, '', ...failed].join('\n');
}

const escape = (text) => text.replaceAll(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** Bars: the share of the yardstick that every case reaches, cold and warm. */
export function picture(title, rows) {
  const timed = rows.filter(({ figures }) => figures.seconds);
  const [left, width, line] = [360, 420, 34];
  const most = Math.max(
    1,
    ...timed.flatMap(({ figures }) => [figures.share.cold, figures.share.warm]),
  );
  const x = (share) => (left + (share / most) * width).toFixed(1);
  const height = 70 + timed.length * line;
  const parts = [`<text x="16" y="28" font-size="16" font-weight="600">${escape(title)}</text>`];
  for (const tick of [0, 0.25, 0.5, 0.75, 1].filter((share) => share <= most)) {
    parts.push(
      `<line x1="${x(tick)}" x2="${x(tick)}" y1="44" y2="${height - 22}" stroke="#dde2e8"/>`,
    );
    parts.push(
      `<text x="${x(tick)}" y="${height - 6}" font-size="11" text-anchor="middle" fill="#5f6b7a">${percent(tick)}</text>`,
    );
  }
  timed.forEach(({ name, figures }, i) => {
    const y = 50 + i * line;
    parts.push(
      `<text x="${left - 10}" y="${y + 17}" font-size="12" text-anchor="end">${escape(name)}</text>`,
    );
    for (const [offset, heat, color] of [
      [2, 'cold', '#0068a8'],
      [14, 'warm', '#d1561b'],
    ]) {
      const end = Number(x(figures.share[heat]));
      parts.push(
        `<rect x="${left}" y="${y + offset}" width="${(end - left).toFixed(1)}" height="11" fill="${color}"/>`,
      );
      parts.push(
        `<text x="${end + 5}" y="${y + offset + 10}" font-size="11">${percent(figures.share[heat])} ${heat}</text>`,
      );
    }
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + 110}" height="${height}" font-family="Inter, system-ui, DejaVu Sans, sans-serif" fill="#1d2530"><rect width="100%" height="100%" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`;
}

/** Writes <family>.md and <family>.svg. */
export function writeReport(folder, family, rows) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${family.name}.md`), markdown(family.title, rows) + '\n');
  writeFileSync(
    join(folder, `${family.name}.svg`),
    picture(`${family.title}: share of the yardstick`, rows),
  );
}
