import { checkSeries, makeAxis, xRange, yRange, type Axis, type Series } from './series.js';
import { COLORS, element, GRAY, svg, text } from './svg.js';

export interface CurveOptions {
  title?: string;
  xLabel?: string;
  yLabel?: string;
  /** Size in pixels (default 720 by 420). */
  width?: number;
  height?: number;
}

/** More points than this per line are drawn as the highest and lowest of each group. */
const MAX_POINTS = 2000;
const MARGIN = { left: 64, right: 24, bottom: 52 };

/**
 * A line chart as SVG text: title, axes with round marks, a legend, an optional interval band per
 * line.
 * @throws ArgumentError when a series' lengths differ
 */
export function curveSvg(series: readonly Series[], options: CurveOptions = {}): string {
  checkSeries(series);
  const { title, xLabel, yLabel, width = 720, height = 420 } = options;
  const legendRows = series.length > 1 || !yLabel ? layOutLegend(series, width) : [];
  const top = (title ? 46 : 22) + legendRows.length * 20;
  const box = {
    left: MARGIN.left,
    right: width - MARGIN.right,
    top,
    bottom: height - (xLabel ? MARGIN.bottom : MARGIN.bottom - 18),
  };
  const x = makeAxis(xRange(series), Math.max(2, (box.right - box.left) / 90), false);
  const y = makeAxis(yRange(series), Math.max(2, (box.bottom - box.top) / 50), true);
  const place = {
    x: (value: number) => box.left + ((value - x.min) / (x.max - x.min)) * (box.right - box.left),
    y: (value: number) => box.bottom - ((value - y.min) / (y.max - y.min)) * (box.bottom - box.top),
  };
  const parts = [...grid(x, y, box, place), ...labels(box, { title, xLabel, yLabel })];
  const thinned = series.map(thin);
  thinned.forEach((line, i) => parts.push(drawBand(line, COLORS[i % COLORS.length]!, place)));
  thinned.forEach((line, i) => parts.push(...drawLine(line, COLORS[i % COLORS.length]!, place)));
  parts.push(...drawLegend(legendRows, title ? 50 : 26));
  return svg(width, height, parts);
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

interface Place {
  x: (value: number) => number;
  y: (value: number) => number;
}

function grid(x: Axis, y: Axis, box: Box, place: Place): string[] {
  const rule = (x1: number, y1: number, x2: number, y2: number, stroke: string): string =>
    element('line', { x1, y1, x2, y2, stroke, 'stroke-width': 1 });
  return [
    ...y.ticks.flatMap((tick) => [
      rule(box.left, place.y(tick), box.right, place.y(tick), tick === 0 ? '#c4cad3' : '#e6e9ee'),
      text(y.label(tick), box.left - 8, place.y(tick) + 4, { anchor: 'end', fill: GRAY }),
    ]),
    rule(box.left, box.bottom, box.right, box.bottom, '#9aa4b2'),
    ...x.ticks.flatMap((tick) => [
      rule(place.x(tick), box.bottom, place.x(tick), box.bottom + 5, '#9aa4b2'),
      text(x.label(tick), place.x(tick), box.bottom + 20, { anchor: 'middle', fill: GRAY }),
    ]),
  ];
}

function labels(box: Box, { title, xLabel, yLabel }: CurveOptions): string[] {
  const middle = (box.top + box.bottom) / 2;
  const parts: string[] = [];
  if (title) parts.push(text(title, 20, 28, { size: 16, weight: 600 }));
  if (xLabel) {
    parts.push(text(xLabel, (box.left + box.right) / 2, box.bottom + 42, { anchor: 'middle' }));
  }
  if (yLabel) {
    parts.push(
      text(yLabel, 16, middle, { anchor: 'middle', transform: `rotate(-90 16 ${middle})` }),
    );
  }
  return parts;
}

function drawLine({ x, y }: Series, color: string, place: Place): string[] {
  const runs = finiteRuns(x, y);
  const d = runs.map((run) => `M${run.map((i) => point(x[i]!, y[i]!, place)).join('L')}`).join('');
  const dots = runs
    .filter((run) => run.length === 1)
    .map(([i]) =>
      element('circle', { cx: place.x(x[i!]!), cy: place.y(y[i!]!), r: 2.5, fill: color }),
    );
  const line = { fill: 'none', stroke: color, 'stroke-width': 2, 'stroke-linejoin': 'round' };
  return [element('path', { d, ...line, 'stroke-linecap': 'round' }), ...dots];
}

function drawBand({ x, band }: Series, color: string, place: Place): string {
  if (!band) return '';
  const { low, high } = band;
  const d = finiteRuns(x, low, high).map((run) => {
    const upper = run.map((i) => point(x[i]!, high[i]!, place));
    const lower = run.toReversed().map((i) => point(x[i]!, low[i]!, place));
    return `M${[...upper, ...lower].join('L')}Z`;
  });
  return element('path', { d: d.join(''), fill: color, 'fill-opacity': 0.15 });
}

/** Indices in runs without a gap. */
function finiteRuns(...lists: ArrayLike<number>[]): number[][] {
  const runs: number[][] = [[]];
  for (let i = 0; i < lists[0]!.length; i++) {
    if (lists.every((list) => Number.isFinite(list[i]))) runs.at(-1)!.push(i);
    else if (runs.at(-1)!.length > 0) runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

function point(x: number, y: number, place: Place): string {
  return `${place.x(x).toFixed(1)} ${place.y(y).toFixed(1)}`;
}

/** Keeps the outline: of each group of points the lowest and the highest. */
function thin(series: Series): Series {
  const { x, y, band } = series;
  if (x.length <= MAX_POINTS) return series;
  const size = Math.ceil((2 * x.length) / MAX_POINTS);
  const kept: number[] = [];
  for (let start = 0; start < x.length; start += size) {
    let low = start;
    let high = start;
    for (let i = start; i < Math.min(start + size, x.length); i++) {
      if (!(y[i]! >= y[low]!)) low = i;
      if (!(y[i]! <= y[high]!)) high = i;
    }
    kept.push(...new Set([low, high].toSorted((a, b) => a - b)));
  }
  const pick = (list: ArrayLike<number>): number[] => kept.map((i) => list[i]!);
  const thinBand = band && { low: pick(band.low), high: pick(band.high) };
  return { ...series, x: pick(x), y: pick(y), ...(thinBand && { band: thinBand }) };
}

interface LegendItem {
  label: string;
  color: string;
  x: number;
}

function layOutLegend(series: readonly Series[], width: number): LegendItem[][] {
  const rows: LegendItem[][] = [[]];
  let x = MARGIN.left;
  series.forEach(({ label }, i) => {
    const size = 40 + label.length * 7;
    if (x + size > width && rows.at(-1)!.length > 0) {
      rows.push([]);
      x = MARGIN.left;
    }
    rows.at(-1)!.push({ label, color: COLORS[i % COLORS.length]!, x });
    x += size;
  });
  return rows;
}

function drawLegend(rows: LegendItem[][], top: number): string[] {
  return rows.flatMap((row, i) =>
    row.flatMap(({ label, color, x }) => [
      element('rect', { x, y: top + i * 20 - 6, width: 16, height: 4, rx: 2, fill: color }),
      text(label, x + 22, top + i * 20),
    ]),
  );
}
