import {
  ArgumentError,
  curveSvg,
  terminalCurve,
  tokenStripSvg,
  tokenStripText,
  type Series,
} from '@anacrusis/run';
import { describe, expect, test } from 'vitest';

import { makeAxis } from '../dist/series.js';
import { displayWidth, visible } from '../dist/text-width.js';

// Positions are worked out by hand from the axis ranges; pictures were looked at when they were made.

/** Fails on markup that is not well-formed: every element closed, in order. */
function expectWellFormed(markup: string): void {
  const open: string[] = [];
  const rest = markup.replaceAll(/<(\/?)([a-z]+)((?: [\w:-]+="[^"<>]*")*)(\/?)>/g, (...match) => {
    const [, end, name, , empty] = match as string[];
    if (end) expect(open.pop()).toBe(name);
    else if (!empty) open.push(name!);
    return '';
  });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]/);
}

const LINE: Series = { label: 'reward', x: [0, 10, 20, 30], y: [0, 0.25, NaN, 1] };

describe('axis', () => {
  test.each<[[number, number], number, boolean, string[]]>([
    [[0, 1], 5, true, ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']],
    [[0.31, 0.68], 4, true, ['0.3', '0.4', '0.5', '0.6', '0.7']],
    [[-0.012, 0.0079], 5, true, ['-0.015', '-0.010', '-0.005', '0.000', '0.005', '0.010']],
    [[1, 240], 5, false, ['50', '100', '150', '200']],
    [[0, 250_000], 5, false, ['0', '50k', '100k', '150k', '200k', '250k']],
    [[0, 4e6], 4, true, ['0', '1M', '2M', '3M', '4M']],
    [[0, 3e-7], 3, true, ['0', '1e-7', '2e-7', '3e-7']],
    [[5, 5], 2, true, ['4.5', '5.0', '5.5']],
  ])('of %j with about %d marks', (range, count, grow, expected) => {
    const axis = makeAxis(range, count, grow);
    expect(axis.ticks.map(axis.label)).toEqual(expected);
  });
});

describe('curveSvg', () => {
  test('draws each line through its points, with a gap where a value is missing', () => {
    const markup = curveSvg([LINE], { title: 'Run', xLabel: 'step', yLabel: 'reward' });
    expectWellFormed(markup);
    // x from 64 to 696 over 0..30, y from 368 up to 46 over 0..1.
    expect(markup).toContain('d="M64.0 368.0L274.7 287.5M696.0 46.0"');
    expect(markup).toContain('<circle cx="696" cy="46" r="2.5"');
    for (const word of ['Run', 'step', 'reward', '30']) expect(markup).toContain(`>${word}</text>`);
  });

  test('several lines get a legend and a colour each; a band is drawn under its line', () => {
    const band = { low: [-0.1, 0.2, NaN, 0.9], high: [0.1, 0.3, NaN, 1] };
    const markup = curveSvg([
      { ...LINE, band },
      { ...LINE, label: 'other' },
    ]);
    expectWellFormed(markup);
    expect(markup.indexOf('fill-opacity')).toBeLessThan(markup.indexOf('stroke-linejoin'));
    expect(markup).toContain('>other</text>');
    expect(new Set(markup.match(/stroke="#\w+" stroke-width="2"/g)).size).toBe(2);
  });

  test('nothing in a name becomes markup', () => {
    const label = '</text><script>alert("1")</script>\u0000\ud800&';
    const markup = curveSvg([{ ...LINE, label }], { title: label, xLabel: label });
    expectWellFormed(markup);
    expect(markup).not.toContain('<script');
    expect(markup).toContain('&#60;script&#62;');
    for (const hidden of ['\u0000', '\ud800']) expect(markup).not.toContain(hidden);
  });

  test('empty, single and constant data still make a picture', () => {
    for (const x of [[], [3], [1, 2]]) {
      const markup = curveSvg([{ label: 'a', x, y: x.map(() => 7) }]);
      expectWellFormed(markup);
      expect(markup).not.toMatch(/NaN|Infinity/);
    }
    expectWellFormed(curveSvg([]));
    expectWellFormed(curveSvg([{ label: 'a', x: [1, 2], y: [NaN, Infinity] }]));
  });

  test('a long run keeps its extremes in a small picture', () => {
    const x = Float64Array.from({ length: 300_000 }, (_, i) => i);
    const y = Float32Array.from(x, (i) => Math.sin(i / 1e4));
    y[123_456] = 5;
    y[200_001] = -4;
    const markup = curveSvg([{ label: 'a', x, y }]);
    expect(markup.length).toBeLessThan(60_000);
    const heights = [...markup.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, at]) => Number(at));
    const axis = makeAxis([-4, 5], 6, true);
    const share = (Math.max(...heights) - Math.min(...heights)) / (386 - 42);
    expect(share).toBeCloseTo(9 / (axis.max - axis.min), 1);
  });

  test('lengths that differ are refused by name', () => {
    expect(() => curveSvg([{ label: 'a', x: [1, 2], y: [1] }])).toThrow(
      'series "a".y: expected 2 values, as x has, received 1',
    );
    const band = { low: [1, 2], high: [1] };
    expect(() => terminalCurve([{ label: 'a', x: [1, 2], y: [1, 2], band }])).toThrow(
      ArgumentError,
    );
  });
});

describe('terminalCurve', () => {
  test('a rising line from corner to corner, two by four dots a character', () => {
    const line = { label: 'a', x: [0, 1], y: [0, 1] };
    // 4 rows of 4 dots and 8 columns of 2: the dots (column, row) of a straight line.
    const picture = terminalCurve([line], { width: 20, height: 6 }).split('\n');
    const rows = picture.slice(0, 4).map((row) => row.slice(row.search(/[│┤]/) + 1));
    expect(rows.map((row) => row.search(/[\u2801-\u28ff]/))).toEqual(
      rows.map((row) => row.search(/\S/)),
    );
    const corner = (character: string): number => character.charCodeAt(0) - 0x2800;
    expect(corner(rows[0]!.at(-1)!) & 0x08, 'the upper right dot').toBe(0x08);
    expect(corner(rows[3]![0]!) & 0x40, 'the lower left dot').toBe(0x40);
    const starts = rows.map((row) => row.search(/\S/));
    expect(starts.toSorted((a, b) => b - a)).toEqual(starts);
    expect(Math.max(...picture.map((row) => row.length))).toBeLessThanOrEqual(20);
  });

  test('marks tell lines apart without colour, colour does with it', () => {
    const series = [
      { label: 'up', x: [0, 1], y: [0, 1] },
      { label: 'down\u001b[2J', x: [0, 1], y: [1, 0] },
    ];
    const plain = terminalCurve(series, { width: 40, height: 12, title: 'two' });
    expect(plain).toMatch(/● up {3}○ down␛\[2J\n$/);
    expect(plain).not.toContain('\u001b');
    expect(plain.split('\n').length).toBe(13);
    const first = plain.split('\n')[1]!;
    expect([first.indexOf('○') > 0, first.lastIndexOf('●') > first.lastIndexOf('○')]).toEqual([
      true,
      true,
    ]);
    const colored = terminalCurve(series, { color: true });
    expect(new Set(colored.match(/\[\d+m/g))).toEqual(new Set(['[36m', '[33m', '[0m']));
  });

  test('empty data and gaps', () => {
    expect(terminalCurve([])).toMatch(/┴|┬|─/);
    expect(terminalCurve([{ label: 'a', x: [1], y: [NaN] }])).not.toMatch(/[\u2801-\u28ff]/);
  });
});

const STRIP = {
  title: 'tokens',
  tokens: [' a', '漢字', '=', '\u001b[31m', '12\n'],
  bars: [
    { label: 'WAAD', values: Float32Array.of(0, 2, 4, 1, 3), max: 4 },
    { label: 'FAI', values: [0.5, NaN, 0.25, 0, NaN] },
  ],
  marks: [{ label: 'preplan', members: [0, 1, 0, 0, 1] }],
  numbers: [{ label: 'credit', values: [1, 1.5, 1, 1.25, 1], dim: 1 }],
};

describe('tokenStripText', () => {
  test('columns align under each token, wide and unprintable ones included', () => {
    expect(tokenStripText(STRIP)).toBe(
      [
        'tokens',
        '',
        '         ·a 漢字 = ␛[31m 12↵',
        'WAAD     ▁▁ ▅▅▅▅ █ ▃▃▃▃▃ ▇▇▇',
        'FAI      ██      ▅ ▁▁▁▁▁',
        'preplan     ●            ●',
        'credit   ·  1.50 · 1.25  ·',
        '',
      ].join('\n'),
    );
  });

  test('wraps between tokens and repeats the labels', () => {
    const text = tokenStripText(STRIP, { width: 20 });
    const lines = text.split('\n');
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(20);
    expect(lines.filter((line) => line.startsWith('WAAD')).length).toBe(2);
  });

  test('no tokens, no rows; lists of another length are refused', () => {
    expect(tokenStripText({ tokens: [] })).toBe('\n');
    const marks = [{ label: 'anchor', members: [1] }];
    expect(() => tokenStripText({ ...STRIP, marks })).toThrow(
      'marks "anchor": expected 5 entries, one a token, received 1',
    );
  });
});

describe('tokenStripSvg', () => {
  test('bars stand under their tokens with the height of their value', () => {
    const markup = tokenStripSvg(STRIP);
    expectWellFormed(markup);
    const heights = [...markup.matchAll(/y="[\d.]+" width="[\d.]+" height="([\d.]+)" rx="1.5"/g)];
    // 26 pixels for a full bar: WAAD over 4, then FAI over 0.5 where it is defined.
    expect(heights.map(([, height]) => Number(height))).toEqual([0, 13, 26, 6.5, 19.5, 26, 13, 0]);
    expect(markup.match(/<circle/g)!.length).toBe(2);
    expect(markup).toContain('>1.50</text>');
    expect(markup).not.toContain('\u001b');
  });

  test('wraps inside its width and grows downwards', () => {
    const tokens = Array.from({ length: 40 }, (_, i) => `token${i}`);
    const size = (width: number): number[] => {
      const markup = tokenStripSvg({ tokens }, { width });
      expectWellFormed(markup);
      const right = [...markup.matchAll(/<rect x="([\d.]+)".*? width="([\d.]+)"/g)].map(
        ([, x, w]) => Number(x) + Number(w),
      );
      expect(Math.max(...right)).toBeLessThanOrEqual(width);
      return /height="(\d+)"/.exec(markup)!.slice(1).map(Number);
    };
    expect(size(400)[0]).toBeGreaterThan(size(1200)[0]! * 2);
    expectWellFormed(tokenStripSvg({ tokens: [] }));
  });
});

test('what cannot be seen becomes a sign', () => {
  expect(visible('a\n\t\u0007\u007f\u202e\u0085b')).toBe('a↵⇥␇\ufffd\ufffd\ufffdb');
  expect(displayWidth('e\u0301漢😀a')).toBe(6);
});
