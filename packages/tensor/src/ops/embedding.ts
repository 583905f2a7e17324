import { empty } from '../create.js';
import { opsOf } from '../device.js';
import { expectTensor } from '../expect-tensor.js';
import { record } from '../tape.js';
import type { Tensor } from '../tensor.js';

/**
 * Rows of a table.
 * @param table [V, D]
 * @param ids [T] i32 in 0..V-1
 * @returns [T, D]
 */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  expectTensor('embedding', 'table', table, 'f32', [null, null]);
  expectTensor('embedding', 'ids', ids, 'i32', [null]);
  const [V, D] = table.shape as [number, number];
  const dims = { V, D, T: ids.size };
  const ops = opsOf('embedding', { table, ids });
  const y = empty([ids.size, D], 'f32', table);
  ops.embedding({ table: table.raw, ids: ids.raw, y: y.raw, ...dims });
  record('embedding', [table, ids], [y], ([dy], sink) => {
    const { d: dtable, add } = sink.accumulator(0);
    if (!add) dtable.fill(0);
    ops.embedding_backward({ ids: ids.raw, dy: dy!.raw, dtable: dtable.raw, ...dims });
  });
  return y;
}
