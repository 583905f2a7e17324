import type { Boundary, PlaceMean } from './place-means.js';

/** The means of one model, rows taken at the token itself and at the token before it. */
export interface ModelMeans {
  label: string;
  /** Share of right responses. */
  accuracy: number;
  input: PlaceMean[];
  predict: PlaceMean[];
  /** Of `input`. */
  boundary: Boundary | null;
}

/** How far `;` has to stand out. */
export const BOUNDARY_RATIO = 1.25;

const CELL = 7;
const cell = (text: string): string => text.padStart(CELL);

/** The end of a name, which tells more than its beginning. */
const fitted = (name: string, width: number): string =>
  name.length <= width ? name : `…${name.slice(1 - width)}`;

const number = (value: number, digits: number): string =>
  cell(Number.isFinite(value) ? value.toFixed(digits) : '-');

function cells(means: ModelMeans, place: string): string {
  const input = means.input.find((row) => row.place === place);
  const predict = means.predict.find((row) => row.place === place);
  const values = [input, predict].map(
    (row) => number(row?.waad ?? NaN, 2) + number(row?.fai ?? NaN, 3),
  );
  return cell(String(input?.count ?? 0)) + values.join('');
}

/** One row per place: tokens there, then WAAD and FAI for both row alignments, for every model. */
export function placeTable(names: readonly string[], models: readonly ModelMeans[]): string {
  const group = (text: string, cells: number): string => ` ${text}`.padEnd(cells * CELL);
  const perModel = (text: string): string => models.map(() => text).join('  ');
  const present = names.filter((name) =>
    models.some(({ input }) => input.some(({ place }) => place === name)),
  );
  const gutter = 6;
  return [
    ' '.repeat(gutter) + models.map(({ label }) => group(`   ${fitted(label, 30)}`, 5)).join('  '),
    ' '.repeat(gutter) + perModel(cell('') + group('    input', 2) + group('    predict', 2)),
    'place'.padEnd(gutter) + perModel(['n', 'WAAD', 'FAI', 'WAAD', 'FAI'].map(cell).join('')),
    ...present.map(
      (name) => name.padEnd(gutter) + models.map((means) => cells(means, name)).join('  '),
    ),
  ]
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Whether the row of `;` stands out, in a sentence. */
export function boundaryText({ label, accuracy, boundary }: ModelMeans): string {
  const model = `${label} (accuracy ${accuracy.toFixed(3)})`;
  if (boundary === null) return `${model}: no response has a second attempt`;
  const { waad, next, ratio } = boundary;
  const verdict = ratio >= BOUNDARY_RATIO ? 'at least' : 'LESS than';
  return (
    `${model}: WAAD of the ; row ${waad.toFixed(2)}, next highest ${next.place} ` +
    `${next.waad.toFixed(2)}: ratio ${ratio.toFixed(2)}, ${verdict} ${BOUNDARY_RATIO}`
  );
}
