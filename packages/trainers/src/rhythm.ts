// From the attention of a forward pass to credit per response token.
import {
  alignSignal,
  attentionMetrics,
  chooseLayers,
  classifyHeads,
  headMean,
  headSpans,
  rhythmCredit,
  rhythmPreset,
  shapeAdvantages,
  signalRows,
  type HeadClasses,
  type RhythmCredit,
  type RowAlignment,
} from '@anacrusis/attention';
import type { AttentionTap } from '@anacrusis/lm';
import { tensor, type OnDevice, type RandomStream, type Tensor } from '@anacrusis/tensor';
import type { Packed } from './pack.js';

export interface CreditOptions {
  /** Rule of the credit; `none` is plain GRPO. */
  credit: 'none' | 'local' | 'global' | 'coupled';
  /** What makes the sets of tokens; all but `top` are controls. */
  select: 'top' | 'bottom' | 'random' | 'entropy';
  /** Windows, layers and shares: `tiny` for short sequences and few layers, `v2` and `v1` of the paper. */
  preset: 'tiny' | 'v1' | 'v2';
  /** Whether a token has the signals of the row that reads it or of the row that produced it. */
  rowAlignment: RowAlignment;
}

/** Layers whose attention the credit reads. */
export function tapLayers(numLayers: number, { credit, preset }: CreditOptions): number[] {
  return credit === 'none' ? [] : chooseLayers(numLayers, rhythmPreset(preset).layers);
}

/** Signals of every token of packed sequences; those outside of the responses are 0. */
export interface RhythmSignals {
  /** [T] mean over the local heads */
  waad: Tensor;
  /** [T] mean over the global heads */
  fai: Tensor;
  /** [T] i32: queries in the token's horizon; 0: FAI is undefined */
  horizon: Tensor;
  /** [layers, H] mean backward distance */
  span: Tensor;
  heads: HeadClasses;
}

type SignalOptions = Pick<CreditOptions, 'preset' | 'rowAlignment'>;

/** Response tokens of each sequence: from where, to where, counted from its start. */
function responseRange({ offsets, responseOffsets }: Packed): {
  begin: Int32Array;
  end: Int32Array;
} {
  const lengths = offsets.slice(1).map((next, s) => next - offsets[s]!);
  const begin = lengths.map(
    (length, s) => length - (responseOffsets[s + 1]! - responseOffsets[s]!),
  );
  return { begin, end: lengths };
}

/**
 * WAAD and FAI of packed sequences, heads classified over all layers and sequences (2510.13554, eq. 7-10).
 * @param taps queries, keys and row log-sum-exp of each layer that is read
 */
export function rhythmSignals(
  taps: ReadonlyMap<number, AttentionTap>,
  packed: Packed,
  { preset, rowAlignment }: SignalOptions,
): RhythmSignals {
  const { window, hLo, hHi, quantile } = rhythmPreset(preset);
  const { begin, end } = responseRange(packed);
  const [responseBegin, responseEnd] = [tensor(begin), tensor(end)];
  const { queryRange, shift } = signalRows({ responseBegin, responseEnd, rowAlignment });
  const offsets = tensor(packed.offsets);
  const layers = [...taps.values()].map(({ q, k }) =>
    attentionMetrics({ q, k, offsets, window, hLo, hHi, queryRange }),
  );
  const span = headSpans(layers);
  const heads = classifyHeads({ span, quantile });
  const waad = headMean({ values: layers.map((layer) => layer.waad), heads: heads.local });
  const fai = headMean({ values: layers.map((layer) => layer.fai), heads: heads.global });
  const align = (signal: Tensor): Tensor => alignSignal({ signal, shift });
  const horizon = align(layers[0]!.horizon);
  return { waad: align(waad), fai: align(fai), horizon, span, heads };
}

/** 1 at the response tokens of packed sequences, and a value per response token put there. */
function atResponses(
  packed: Packed,
  on: OnDevice,
  values?: Float32Array,
): { mask: Tensor; values: Tensor } {
  const T = packed.ids.length;
  const [mask, spread] = [new Uint8Array(T), new Float32Array(T)];
  packed.rows.forEach((row, i) => {
    mask[row + 1] = 1;
    spread[row + 1] = values?.[i] ?? 0;
  });
  return { mask: tensor(mask, [T], on), values: tensor(spread, [T], on) };
}

/** Credit and token sets of packed sequences, [T] each, by one rule. */
export function creditOf(
  signals: RhythmSignals,
  packed: Packed,
  o: CreditOptions & { credit: 'local' | 'global' | 'coupled' },
  { entropy, rng }: { entropy?: Float32Array; rng?: RandomStream } = {},
): RhythmCredit {
  const { q, gammaAmp, alpha, k, tauWaad, tauDelta } = rhythmPreset(o.preset);
  const { waad, fai, horizon } = signals;
  const { mask, values } = atResponses(packed, waad, entropy);
  return rhythmCredit({
    ...{ waad, fai, horizon, mask, offsets: tensor(packed.offsets) },
    ...{ mode: o.credit, select: o.select, q, gammaAmp, alpha, k, tauWaad, tauDelta },
    ...(o.select === 'entropy' && { entropy: values }),
    ...(o.select === 'random' && rng && { rng }),
  });
}

const share = (flags: Uint8Array, of: number): number =>
  flags.reduce((total, flag) => total + flag, 0) / Math.max(1, of);

/** The metrics of a step: how many tokens are credited, and how the sets lie. */
function creditMetrics(credit: RhythmCredit, factors: Float32Array): Record<string, number> {
  const tokens = factors.length;
  const flags = (of: Tensor): Uint8Array => of.read() as Uint8Array;
  const anchors = flags(credit.anchor);
  const both = flags(credit.preplan).map((flag, t) => flag & anchors[t]!);
  return {
    'attention/credit_mean': factors.reduce((a, b) => a + b, 0) / tokens,
    'attention/credited_share': factors.filter((factor) => factor > 1).length / tokens,
    'attention/dominated_share': share(flags(credit.dominated), share(anchors, 1)),
    'attention/overlap_share': share(both, tokens),
  };
}

/** Advantages [N] of the response tokens, shaped by the rule of `o`; the signals are not recorded. */
export function shapeByRhythm(
  advantages: Tensor,
  taps: ReadonlyMap<number, AttentionTap>,
  packed: Packed,
  entropy: Tensor,
  o: CreditOptions,
  rng: RandomStream,
): { advantages: Tensor; metrics: Record<string, number> } {
  const { credit } = o;
  if (credit === 'none') return { advantages, metrics: {} };
  const signals = rhythmSignals(taps, packed, o);
  const ranked = o.select === 'entropy' ? { entropy: entropy.read() as Float32Array } : {};
  const given = creditOf(signals, packed, { ...o, credit }, { ...ranked, rng });
  const all = given.credit.read();
  const factors = Float32Array.from(packed.rows, (row) => all[row + 1]!);
  const { sign } = rhythmPreset(o.preset);
  const factor = tensor(factors, [factors.length], advantages);
  const shaped = shapeAdvantages({ advantages, credit: factor, sign });
  return { advantages: shaped, metrics: creditMetrics(given, factors) };
}
