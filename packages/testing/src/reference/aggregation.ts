/** Packed sequences and how their token losses become one number. */
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

export const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** The numerator by mode, and d numerator / d loss of each token (2508.08221 section 4.1). */
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
