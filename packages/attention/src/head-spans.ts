import { cpu } from '@anacrusis/native';
import { empty, expectTensor, type Tensor } from '@anacrusis/tensor';
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
  const means = empty([layers.length, H!]);
  layers.forEach(({ span, spanRows }, i) => {
    const queries = spanRows.i32.reduce((sum, rows) => sum + rows, 0);
    cpu.matmul({
      batch: 1,
      batch_b: 1,
      M: 1,
      N: H!,
      K: S!,
      a: Float32Array.from(spanRows.i32, (rows) => rows / Math.max(queries, 1)),
      b: span.f32,
      transpose_a: false,
      transpose_b: false,
      accumulate: false,
      c: means.f32.subarray(i * H!, (i + 1) * H!),
    });
  });
  return means;
}
