import type { Expected, OpArgs } from '../op-cases.js';

export interface PackedInput {
  T: number;
  S: number;
  mask: Uint8Array;
  offsets: Int32Array;
  aggregation: string;
  denominator: number;
}

/** Indices of the unmasked tokens of each sequence that has one. */
export function countedSequences(a: PackedInput): number[][] {
  const sequences = Array.from({ length: a.S }, (_, s) => {
    const tokens = Array.from(
      { length: a.offsets[s + 1]! - a.offsets[s]! },
      (_, t) => a.offsets[s]! + t,
    );
    return tokens.filter((i) => a.mask[i] === 1);
  });
  return sequences.filter((tokens) => tokens.length > 0);
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** The numerator by mode, and d numerator / d loss of each token. */
export function aggregated(
  a: PackedInput,
  loss: (i: number) => number,
): { numerator: number; weights: Float64Array } {
  const weights = new Float64Array(a.T);
  const sequences = countedSequences(a).map((tokens) => {
    const divisor = a.aggregation === 'seq-mean-token-mean' ? tokens.length : 1;
    for (const i of tokens) weights[i] = 1 / divisor;
    return sum(tokens.map(loss)) / divisor;
  });
  return { numerator: sum(sequences), weights };
}

interface PolicyLossInput extends PackedInput {
  logp: ArrayLike<number>;
  old_logp: ArrayLike<number>;
  advantages: ArrayLike<number>;
  clip_low: number;
  clip_high: number;
}

/** Loss of a token and its derivative: 1707.06347 eq. 7 by cases on the sign of the advantage. */
function surrogate(
  a: PolicyLossInput,
  i: number,
): { loss: number; slope: number; clipped: boolean } {
  const ratio = Math.exp(a.logp[i]! - a.old_logp[i]!);
  const advantage = a.advantages[i]!;
  const upper = 1 + a.clip_high;
  const lower = 1 - a.clip_low;
  if (advantage > 0 && ratio > upper) return { loss: -advantage * upper, slope: 0, clipped: true };
  if (advantage < 0 && ratio < lower) return { loss: -advantage * lower, slope: 0, clipped: true };
  return { loss: -advantage * ratio, slope: -advantage * ratio, clipped: false };
}

/** A ratio that float32 cannot hold is infinite. */
function inFloat32Range(x: number): number {
  return x > 3.4028234663852886e38 ? Infinity : x;
}

export function policyLoss(args: OpArgs): Expected {
  const a = args as unknown as PolicyLossInput;
  const { numerator, weights } = aggregated(a, (i) => surrogate(a, i).loss);
  const sequences = countedSequences(a);
  const tokens = sequences.flat();
  const dlogp = new Float64Array(a.T);
  for (const i of tokens) dlogp[i] = (surrogate(a, i).slope * weights[i]!) / a.denominator;
  const logRatio = (i: number): number => a.logp[i]! - a.old_logp[i]!;
  const ratio = (i: number): number => inFloat32Range(Math.exp(logRatio(i)));
  const finite = (i: number): boolean =>
    [logRatio(i), ratio(i), a.advantages[i]!].every(Number.isFinite);
  const ratios = tokens.map(ratio).filter((r) => !Number.isNaN(r));
  const metrics = [
    numerator,
    tokens.length,
    sequences.length,
    tokens.filter((i) => surrogate(a, i).clipped).length,
    sum(tokens.map((i) => inFloat32Range(Math.expm1(logRatio(i)) - logRatio(i)))),
    sum(tokens.map((i) => -logRatio(i))),
    Math.max(0, ...ratios),
    tokens.filter((i) => !finite(i)).length,
  ];
  return { loss: [numerator / a.denominator], dlogp, metrics };
}
