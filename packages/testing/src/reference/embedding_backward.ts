import type { Expected, OpArgs } from '../op-cases.js';

interface Input {
  V: number;
  D: number;
  T: number;
  ids: Int32Array;
  dy: Float32Array;
  dtable: Float32Array;
}

/** dtable + transpose(one-hot matrix of the ids) dy. */
export function embeddingBackward(args: OpArgs): Expected {
  const { V, D, T, ids, dy, dtable: before } = args as unknown as Input;
  const dtable = Float64Array.from(before);
  for (let v = 0; v < V; v++) {
    for (let t = 0; t < T; t++) {
      const oneHot = ids[t] === v ? 1 : 0;
      for (let d = 0; d < D; d++) dtable[v * D + d]! += oneHot * dy[t * D + d]!;
    }
  }
  return { dtable };
}
