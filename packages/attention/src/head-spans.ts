import { empty, expectTensor, opsOf, tensor, type Tensor } from '@anacrusis/tensor';
import { refuse } from './refuse.js';

/**
 * Mean backward distance of each head over all queries of a batch, one row per layer: what `classifyHeads` ranks.
 * @param layers `span` [S,H] and `spanRows` i32 [S] of `attentionMetrics` on each layer
 * @returns [layers,H]; 0 where there is no query
 */
export function headSpans(layers: readonly { span: Tensor; spanRows: Tensor }[]): Tensor {
  if (layers.length === 0) throw refuse('headSpans', 'layers', 'at least one layer', 'none');
  const [S, H] = layers[0]!.span?.shape ?? [];
  layers.forEach(({ span, spanRows }, i) => {
    expectTensor('headSpans', `layers[${i}].span`, span, 'f32', [S ?? null, H ?? null]);
    expectTensor('headSpans', `layers[${i}].spanRows`, spanRows, 'i32', [S!]);
  });
  const on = layers[0]!.span;
  const means = empty([layers.length, H!], 'f32', on);
  layers.forEach(({ span, spanRows }, i) => {
    const counts = spanRows.read() as Int32Array;
    const queries = counts.reduce((sum, rows) => sum + rows, 0);
    const shares = Float32Array.from(counts, (rows) => rows / Math.max(queries, 1));
    using weights = tensor(shares, [S!], on);
    using row = means.alias([H!], i * H!);
    opsOf('headSpans', { span, weights }).matmul({
      batch: 1,
      batch_b: 1,
      M: 1,
      N: H!,
      K: S!,
      a: weights.raw,
      b: span.raw,
      transpose_a: false,
      transpose_b: false,
      accumulate: false,
      c: row.raw,
    });
  });
  return means;
}
