/** A prompt with its response, as token ids. */
export interface Sequence {
  ids: ArrayLike<number>;
  promptLength: number;
}

/** Sequences one after another, and where their response tokens are. N counts response tokens. */
export interface Packed {
  /** [T] */
  ids: Int32Array;
  /** [S + 1] */
  offsets: Int32Array;
  /** [N] the row that predicts each response token: the one before it */
  rows: Int32Array;
  /** [N] the response tokens */
  targets: Int32Array;
  /** [S + 1] where each sequence's response begins in `rows` and `targets` */
  responseOffsets: Int32Array;
}

/** Packs sequences of any lengths; every prompt has at least one token. */
export function packSequences(sequences: readonly Sequence[]): Packed {
  const offsets = new Int32Array(sequences.length + 1);
  const responseOffsets = new Int32Array(sequences.length + 1);
  sequences.forEach(({ ids, promptLength }, s) => {
    offsets[s + 1] = offsets[s]! + ids.length;
    responseOffsets[s + 1] = responseOffsets[s]! + ids.length - promptLength;
  });
  const ids = new Int32Array(offsets[sequences.length]!);
  const responses = responseOffsets[sequences.length]!;
  const rows = new Int32Array(responses);
  const targets = new Int32Array(responses);
  sequences.forEach(({ ids: own, promptLength }, s) => {
    ids.set(own, offsets[s]!);
    for (let t = promptLength; t < own.length; t++) {
      const at = responseOffsets[s]! + t - promptLength;
      rows[at] = offsets[s]! + t - 1;
      targets[at] = own[t]!;
    }
  });
  return { ids, offsets, rows, targets, responseOffsets };
}
