import type { OpArgs, OpCases } from '../op-cases.js';
import { Random } from '../random.js';
import { rhythmCredit } from '../reference/rhythm_credit.js';

interface Options {
  lengths?: number[];
  mode?: string;
  select?: string;
  q?: number;
  alpha?: number;
  k?: number;
  tauWaad?: ['median' | 'value', number];
  tauDelta?: ['median' | 'topq' | 'value', number];
  overlap?: string;
  maskShare?: number;
  hLo?: number;
  fai?: boolean;
  horizon?: boolean;
  steps?: number;
}

/** Signals on a coarse grid: ties, and float32 differences that are exact. */
function args(random: Random, o: Options): OpArgs {
  const lengths = o.lengths ?? [31, 7, 20, 1, 44];
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, s) => (offsets[s + 1] = offsets[s]! + length));
  const T = offsets.at(-1)!;
  const grid = (length: number): Float32Array =>
    Float32Array.from({ length }, () => random.integer(0, o.steps ?? 11) / 8);
  const horizon = new Int32Array(T);
  lengths.forEach((length, s) => {
    for (let t = 0; t < length; t++)
      horizon[offsets[s]! + t] = Math.max(0, length - t - (o.hLo ?? 2));
  });
  return {
    T,
    S: lengths.length,
    waad: grid(T),
    fai: o.fai === false ? undefined : grid(T),
    horizon: o.horizon === false ? undefined : horizon,
    mask: random.flags(T, o.maskShare ?? 0.85),
    offsets,
    mode: o.mode ?? 'coupled',
    select: o.select ?? 'top',
    q: o.q ?? 0.4,
    gamma_amp: 1.5,
    alpha: o.alpha ?? 0.3,
    k: o.k ?? 3,
    tau_waad_mode: o.tauWaad?.[0] ?? 'median',
    tau_waad: o.tauWaad?.[1] ?? -9,
    tau_delta_mode: o.tauDelta?.[0] ?? 'median',
    tau_delta: o.tauDelta?.[1] ?? -9,
    overlap: o.overlap ?? 'add',
    entropy: o.select === 'entropy' ? grid(T) : undefined,
    random_keys:
      o.select === 'random'
        ? Float32Array.from({ length: 2 * T }, () => random.uniform())
        : undefined,
    credit: new Float32Array(T).fill(9),
    preplan: new Uint8Array(T).fill(9),
    anchor: new Uint8Array(T).fill(9),
    intro: new Uint8Array(T).fill(9),
    dominated: new Uint8Array(T).fill(9),
    delta: new Float32Array(T).fill(9),
  };
}

const options: Record<string, Options> = {
  'no sequence': { lengths: [] },
  'no token': { lengths: [0, 0] },
  'one token': { lengths: [1], maskShare: 1, hLo: 0 },
  'two tokens': { lengths: [2], maskShare: 1, hLo: 0 },
  'nothing counts': { lengths: [5, 9], maskShare: 0 },
  'shorter than the horizon': { lengths: [8, 10, 11, 12], hLo: 10, maskShare: 1 },
  ...Object.fromEntries(
    ['local', 'global', 'coupled'].flatMap((mode) =>
      ['top', 'bottom', 'random', 'entropy'].map((select) => [
        `${mode}, ${select}`,
        { mode, select },
      ]),
    ),
  ),
  'local without fai': { mode: 'local', fai: false },
  'fai defined everywhere': { horizon: false },
  'all ties': { steps: 0 },
  'hardly any ties': { steps: 100_000, lengths: [333, 64, 65] },
  'many ties': { steps: 2, lengths: [100, 3] },
  'many ties, long': { steps: 2, lengths: [611, 1, 257] },
  'none selected': { q: 0, tauDelta: ['topq', 0] },
  'all selected': { q: 1 },
  '0.55 of 100': { q: 0.55, lengths: [100], maskShare: 1, hLo: 0, steps: 1000 },
  'anchor keeps all': { alpha: 0 },
  'intro takes all': { alpha: 1 },
  'k of one': { k: 1 },
  'k beyond the start': { k: 1000 },
  'fixed thresholds': { tauWaad: ['value', 0.75], tauDelta: ['value', 0.5] },
  'recent peak is a preplan token': { tauDelta: ['topq', 0] },
  'top-q cut, bottom sets': { tauDelta: ['topq', 0], select: 'bottom' },
  overwrite: { overlap: 'overwrite', tauWaad: ['value', 1], tauDelta: ['value', 0], q: 0.7 },
  'add, many dominated': { tauWaad: ['value', 1], tauDelta: ['value', 0], q: 0.7 },
  'half of the tokens masked': { maskShare: 0.5, lengths: [63, 17, 40] },
  'many sequences': { lengths: Array.from({ length: 300 }, (_, s) => (s * 7) % 40) },
};

/** Options drawn together. */
function drawn(seed: number): [string, Options] {
  const r = new Random(2000 + seed);
  const mode = r.of(['local', 'global', 'coupled']);
  const o: Options = {
    lengths: Array.from({ length: r.integer(1, 5) }, () => r.of([0, 1, 2, 3, 9, 17, 33, 64])),
    mode,
    select: r.of(['top', 'top', 'bottom', 'random', 'entropy']),
    q: r.of([0, 0.1, 0.25, 0.4, 0.75, 1]),
    alpha: r.of([0, 0.3, 0.5, 1]),
    k: r.of([1, 3, 10]),
    tauWaad: r.of<Options['tauWaad'] & {}>([['median', -9], ['value', 0.5], ['value', 1]]), // prettier-ignore
    tauDelta: r.of<Options['tauDelta'] & {}>([['median', -9], ['topq', 0.2], ['value', 0.25]]), // prettier-ignore
    overlap: r.of(['add', 'overwrite']),
    maskShare: r.of([0.3, 0.85, 1]),
    hLo: r.of([0, 2, 10]),
    horizon: r.uniform() < 0.7,
    fai: mode !== 'local' || r.uniform() < 0.7,
    steps: r.of([2, 11, 1000]),
  };
  return [`drawn ${seed}: ${mode}, ${o.select}`, o];
}

const exact = { abs: 0, rel: 0, because: 'sets and grid values are exact' };
const cases: OpCases = {
  op: 'rhythm_credit',
  source: '2510.13554 eq. 14-19, with sorted lists',
  tolerance: {
    credit: { abs: 1e-6, rel: 0, because: 'one rounding to float32' },
    preplan: exact,
    anchor: exact,
    intro: exact,
    dominated: exact,
    delta: { abs: 1e-6, rel: 0, because: 'grid values are exact to float32 at most' },
  },
  cases: [...Object.entries(options), ...Array.from({ length: 165 }, (_, seed) => drawn(seed))].map(
    ([name, option]) => ({
      name,
      args: (random: Random) => args(random, option),
    }),
  ),
  reference: rhythmCredit,
};

export default cases;
