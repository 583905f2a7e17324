import { checkNames } from '@anacrusis/native';
import { expectTensor, tensor, zeros, type Tensor } from '@anacrusis/tensor';
import { refuse } from './refuse.js';

/** `input`: token t has the signals of position t, where it is read (the paper's formulas taken literally).
 * `predict`: those of position t - 1, which produced it. */
export type RowAlignment = 'input' | 'predict';

const rowNames = new Set(['responseBegin', 'responseEnd', 'rowAlignment']);
const alignNames = new Set(['signal', 'shift']);

/**
 * The positions that carry the signals of response tokens.
 * @param input.responseBegin i32 [B]: first response token of each sequence, from its start
 * @param input.responseEnd i32 [B]: one past the last
 * @returns `queryRange` for `attentionMetrics`; the signals of token t stand at position t - `shift`
 * @throws ArgumentError when shapes disagree, or a response begins a sequence and `predict` is asked for
 */
export function signalRows(input: {
  responseBegin: Tensor;
  responseEnd: Tensor;
  rowAlignment?: RowAlignment;
}): { queryRange: { begin: Tensor; end: Tensor }; shift: 0 | 1 } {
  checkNames('signalRows', rowNames, input);
  const { responseBegin, responseEnd, rowAlignment = 'input' } = input;
  expectTensor('signalRows', 'responseBegin', responseBegin, 'i32', [null]);
  expectTensor('signalRows', 'responseEnd', responseEnd, 'i32', responseBegin.shape);
  if (rowAlignment !== 'input' && rowAlignment !== 'predict') {
    throw refuse('signalRows', 'rowAlignment', "'input' or 'predict'", rowAlignment);
  }
  const shift = rowAlignment === 'input' ? 0 : 1;
  const ends = responseEnd.i32;
  const first = responseBegin.i32.findIndex((begin, s) => begin < shift && ends[s]! > begin);
  if (first >= 0) {
    throw refuse('signalRows', `responseBegin[${first}]`, 'a token before the response', 0);
  }
  // An empty response keeps its place: shifting it would leave the sequence.
  const shifted = (positions: Tensor): Tensor =>
    tensor(positions.i32.map((position) => Math.max(0, position - shift)));
  return { queryRange: { begin: shifted(responseBegin), end: shifted(responseEnd) }, shift };
}

/**
 * A signal per position as a signal per token: element t of the last dimension becomes element t - shift of it, and
 * what has none becomes 0. Packed sequences need a token before each response, as `signalRows` checks.
 * @param input.signal [T] or [B,T] of any dtype
 * @throws ArgumentError for a shift other than 0 or 1
 */
export function alignSignal(input: { signal: Tensor; shift: 0 | 1 }): Tensor {
  checkNames('alignSignal', alignNames, input);
  const { signal, shift } = input;
  expectTensor('alignSignal', 'signal', signal, signal?.dtype);
  if (shift !== 0 && shift !== 1) throw refuse('alignSignal', 'shift', '0 or 1', shift);
  const aligned = zeros(signal.shape, signal.dtype, signal);
  const T = signal.shape.at(-1) ?? 0;
  for (let row = 0; row < signal.size; row += T) {
    using part = aligned.alias([T - shift], row + shift);
    using source = signal.alias([T - shift], row);
    part.copyFrom(source);
  }
  return aligned;
}
