import { checkNames } from '@anacrusis/native';
import { empty, expectTensor, opsOf, type OnDevice, type Tensor } from '@anacrusis/tensor';
import { refuse } from './refuse.js';
import { rhythmPreset } from './rhythm-preset.js';
import { equalTokens, packedTokens } from './tokens.js';

export interface RhythmCreditInput {
  /** [B,T], or packed [T] with `offsets`: mean over the local heads */
  waad: Tensor;
  /** as waad: mean over the global heads; may be left out in mode `local` */
  fai?: Tensor;
  /** u8, as waad: 1 for response tokens that count; the others are taken out */
  mask: Tensor;
  /** i32 [S+1]: first token of each packed sequence, then T */
  offsets?: Tensor;
  /** i32, as waad: 0 where FAI is undefined (`attentionMetrics`); defined everywhere without it */
  horizon?: Tensor;
  mode: 'local' | 'global' | 'coupled';
  /** What makes the sets; `bottom`, `random` and `entropy` are the paper's controls. */
  select?: 'top' | 'bottom' | 'random' | 'entropy';
  /** Share selected. */
  q?: number;
  /** Credit of a selected token. */
  gammaAmp?: number;
  /** Share of a dominated anchor's bonus that goes to the token that introduces it. */
  alpha?: number;
  /** Tokens before an anchor that may introduce it. */
  k?: number;
  /** Largest WAAD of a dominated anchor. */
  tauWaad?: 'median' | number;
  /** Smallest WAAD change before a dominated anchor; `topq`: the cut of the preplan set. */
  tauDelta?: 'median' | 'topq' | number;
  /** A token in several sets: all terms (the formula), or the last of them. */
  overlap?: 'add' | 'overwrite';
  /** as waad: for select `entropy` */
  entropy?: Tensor;
  /** for select `random`: draws 2 numbers per token */
  rng?: { uniform(shape: number[], lo?: number, hi?: number, on?: OnDevice): Tensor };
}

/** Tensors shaped as waad. */
export interface RhythmCredit {
  /** gamma_t, the factor of the advantage; 1 where masked */
  credit: Tensor;
  /** u8: selected by WAAD change */
  preplan: Tensor;
  /** u8: selected by FAI */
  anchor: Tensor;
  /** u8: introduces a dominated anchor */
  intro: Tensor;
  /** u8: an anchor under a recent WAAD peak */
  dominated: Tensor;
  /** |WAAD_t - WAAD_{t+1}|; 0 for the last token that counts */
  delta: Tensor;
}

const OP = 'rhythmCredit';
const names = new Set(
  'waad fai mask offsets horizon mode select q gammaAmp alpha k tauWaad tauDelta overlap entropy rng'.split(
    ' ',
  ),
);

function outputs(shape: number[], on: OnDevice): RhythmCredit {
  const make = (dtype: 'f32' | 'u8'): Tensor => empty(shape, dtype, on);
  return {
    credit: make('f32'),
    preplan: make('u8'),
    anchor: make('u8'),
    intro: make('u8'),
    dominated: make('u8'),
    delta: make('f32'),
  };
}

/** `median` or a number, as the op takes it. */
function threshold<Name extends string>(
  value: Name | number,
): { mode: Name | 'value'; number: number } {
  return typeof value === 'number' ? { mode: 'value', number: value } : { mode: value, number: 0 };
}

/**
 * Preplan tokens, anchors and the credit of each response token (2510.13554, eq. 14-19). Defaults are the preset
 * `v2`. Sequences do not influence each other.
 * @throws ArgumentError for shapes that disagree, values out of range, or a signal that the mode needs
 */
export function rhythmCredit(input: RhythmCreditInput): RhythmCredit {
  checkNames(OP, names, input);
  const { waad, fai, mask, horizon, entropy } = input;
  expectTensor(OP, 'waad', waad, 'f32', input.offsets ? [null] : [null, null]);
  const { T, S, offsets, shape } = input.offsets
    ? packedTokens(OP, waad.size, input.offsets)
    : equalTokens(waad.shape[0]!, waad.shape[1]!);
  if (fai) expectTensor(OP, 'fai', fai, 'f32', shape);
  expectTensor(OP, 'mask', mask, 'u8', shape);
  if (horizon) expectTensor(OP, 'horizon', horizon, 'i32', shape);
  if (entropy) expectTensor(OP, 'entropy', entropy, 'f32', shape);
  const o = { ...rhythmPreset('v2'), ...definedOf(input) };
  const [tauWaad, tauDelta] = [threshold(o.tauWaad), threshold(o.tauDelta)];
  if (input.select === 'random' && !input.rng) {
    throw refuse(OP, 'rng', "a random stream: select 'random' needs it", 'nothing', 'ERR_MISSING');
  }
  const random = input.select === 'random' ? input.rng?.uniform([2, T], 0, 1, waad) : undefined;
  const ops = opsOf(OP, { waad, fai, mask, horizon, entropy, random });
  const result = outputs(shape, waad);
  ops.rhythm_credit({
    T,
    S,
    waad: waad.raw,
    fai: fai?.raw,
    horizon: horizon?.raw,
    mask: mask.raw,
    offsets,
    mode: input.mode,
    select: input.select ?? 'top',
    q: o.q,
    gamma_amp: o.gammaAmp,
    alpha: o.alpha,
    k: o.k,
    tau_waad_mode: tauWaad.mode,
    tau_waad: tauWaad.number,
    tau_delta_mode: tauDelta.mode,
    tau_delta: tauDelta.number,
    overlap: input.overlap ?? 'add',
    entropy: entropy?.raw,
    random_keys: random?.raw,
    credit: result.credit.raw,
    preplan: result.preplan.raw,
    anchor: result.anchor.raw,
    intro: result.intro.raw,
    dominated: result.dominated.raw,
    delta: result.delta.raw,
  });
  random?.dispose();
  return result;
}

/** Without entries that are undefined: they mean the default. */
function definedOf(input: RhythmCreditInput): Partial<RhythmCreditInput> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
