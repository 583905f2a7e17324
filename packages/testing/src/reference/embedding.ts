import type { Expected, OpArgs } from '../op-cases.js';

interface Input {
  V: number;
  D: number;
  T: number;
  table: Float32Array;
  ids: Int32Array;
}

/** The product of the one-hot matrix of the ids with the table. */
export function embedding(args: OpArgs): Expected {
  const { V, D, T, table, ids } = args as unknown as Input;
  const y = new Float64Array(T * D);
  for (let t = 0; t < T; t++) {
    for (let v = 0; v < V; v++) {
      const oneHot = ids[t] === v ? 1 : 0;
      for (let d = 0; d < D; d++) y[t * D + d]! += oneHot * table[v * D + d]!;
    }
  }
  return { y };
}
