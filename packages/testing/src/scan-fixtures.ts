import type { OpArgs, OpCases, Tolerance } from './op-cases.js';
import type { Random } from './random.js';

export type ScanLayout = 'rows' | 'packed' | 'time_major';

/** What a scan is called with, beside its shape. */
export interface ScanOptions {
  layout: ScanLayout;
  nextValues?: boolean;
  lastValues?: boolean;
  truncated?: boolean;
  mask?: boolean;
  stats?: boolean;
  gamma?: number;
  lambda?: number;
  /** Chooses among options that one op alone has. */
  variant?: number;
}

/** Elements of a row, from its first step to its last. */
export function scanRow(args: OpArgs, row: number): number[] {
  const { N, steps, offsets, layout } = args as {
    N: number;
    steps: number;
    offsets?: Int32Array;
    layout: ScanLayout;
  };
  const begin = layout === 'packed' ? offsets![row]! : (row * steps) / N;
  const length = layout === 'packed' ? offsets![row + 1]! - begin : steps / N;
  return Array.from({ length }, (_, t) => (layout === 'time_major' ? t * N + row : begin + t));
}

/** Lengths that are not alike, some of them 0, with T steps a row on average. */
function unevenOffsets(random: Random, N: number, T: number): Int32Array {
  const cuts = Array.from({ length: Math.max(N - 1, 0) }, () => random.integer(0, N * T));
  return Int32Array.from([0, ...cuts.sort((a, b) => a - b), ...(N > 0 ? [N * T] : [])]);
}

/** Truncation without next values is legal at the last step of a row that counts alone; what is masked holds anything. */
function legalCuts(args: OpArgs, truncated: Uint8Array, mask: Uint8Array | undefined): void {
  for (let row = 0; row < (args['N'] as number); row++) {
    const counting = scanRow(args, row).filter((i) => !mask || mask[i] === 1);
    counting.slice(0, -1).forEach((i) => (truncated[i] = 0));
    if (counting.length > 0 && row % 2 === 0) truncated[counting.at(-1)!] = 1;
  }
}

/** The arguments that every scan takes. Rewards at masked steps are NaN: they must have no effect. */
export function scanArgs(random: Random, N: number, T: number, options: ScanOptions): OpArgs {
  const steps = N * T;
  const { layout } = options;
  const offsets = layout === 'packed' ? unevenOffsets(random, N, T) : undefined;
  const mask = options.mask ? random.flags(steps, 0.8) : undefined;
  const rewards = random.f32(steps).map((r, i) => (mask && mask[i] === 0 ? NaN : r));
  const truncated = options.truncated ? random.flags(steps, 0.1) : undefined;
  if (truncated && !options.nextValues) legalCuts({ N, steps, offsets, layout }, truncated, mask);
  return {
    N,
    steps,
    layout,
    offsets,
    rewards,
    next_values: options.nextValues ? random.f32(steps) : undefined,
    last_values: options.lastValues ? random.f32(N) : undefined,
    terminated: random.flags(steps, 0.05),
    truncated,
    mask,
    gamma: options.gamma ?? 0.97,
    stats: options.stats ? new Float64Array(3).fill(9) : undefined,
  };
}

// Around the widths of vectors, warps, tiles and chunks of the CPU and of the device.
const shapes: [number, number][] = [
  [0, 5],
  [3, 0],
  [1, 1],
  [1, 2],
  [5, 7],
  [33, 8],
  [9, 9],
  [7, 15],
  [16, 17],
  [33, 31],
  [67, 33],
  [5, 63],
  [3, 64],
  [4, 65],
  [130, 11],
  [3, 127],
  [2, 255],
  [3, 256],
  [2, 257],
  [2, 513],
  [1, 2047],
  [2, 2049],
  [2, 4096],
  [1, 4097],
];

const options: Omit<ScanOptions, 'layout'>[] = [
  { lastValues: true },
  {},
  { nextValues: true, stats: true },
  { nextValues: true, truncated: true, variant: 1 },
  { lastValues: true, mask: true, stats: true },
  { nextValues: true, truncated: true, mask: true, variant: 1 },
  { lastValues: true, truncated: true, mask: true, variant: 2 },
  { lastValues: true, truncated: true, gamma: 1, lambda: 0.95 },
  { mask: true, lastValues: true, variant: 1, gamma: 0.9, lambda: 1 },
  { lastValues: true, lambda: 0, variant: 2 },
  { lastValues: true, gamma: 0, stats: true },
  { mask: true, variant: 3, stats: true },
];

/** Over 200 cases: every shape in every layout with options in turn, and every option in every layout. */
export function scanCases(
  args: (random: Random, N: number, T: number, options: ScanOptions) => OpArgs,
): OpCases['cases'] {
  const layouts: ScanLayout[] = ['rows', 'packed', 'time_major'];
  const one = (N: number, T: number, layout: ScanLayout, index: number) => ({
    name: `${layout} ${N}x${T}, options ${index % options.length}`,
    args: (random: Random) => args(random, N, T, { layout, ...options[index % options.length]! }),
  });
  const byShape = shapes.flatMap(([N, T], s) =>
    layouts.flatMap((layout, l) => [0, 5, 10].map((step) => one(N, T, layout, s + l + step))),
  );
  const byOption = layouts.flatMap((layout) =>
    options.map((_, index) => one(6, 29, layout, index)),
  );
  return [...byShape, ...byOption];
}

export const scanTolerance: Tolerance = {
  abs: 1e-5,
  rel: 3e-6,
  because:
    'float32 steps whose errors fade with gamma lambda = 0.873: 4e-7 / (1 - 0.873) of results below 4',
};

export const statsTolerance: Tolerance = {
  abs: 2e-5,
  rel: 2e-5,
  because: 'float64 over float32 results, which are wrong by 1e-5',
};
