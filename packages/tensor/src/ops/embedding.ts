import { cpu } from '@anacrusis/native';
import { record } from '../tape.js';
import { empty } from '../create.js';
import { expectTensor } from '../expect-tensor.js';
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
  const y = empty([ids.size, D]);
  cpu.embedding({ table: table.f32, ids: ids.i32, y: y.f32, ...dims });
  record('embedding', [table, ids], [y], ([dy], sink) => {
    const { d: dtable, add } = sink.accumulator(0);
    if (!add) dtable.fill(0);
    cpu.embedding_backward({ ids: ids.i32, dy: dy!, dtable, ...dims });
  });
  return y;
}
