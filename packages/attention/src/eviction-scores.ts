import { checkNames } from '@anacrusis/native';
import { empty, type Tensor } from '@anacrusis/tensor';
import { horizonEnd } from './attention-metrics.js';
import { queryKeyArguments, sizesOf, type QueryKeys, type Sizes } from './query-keys.js';
import { refuse } from './refuse.js';

const shared = 'q k offsets lse lseForm scale';
const observedNames = new Set(shared.split(' '));
const snapNames = new Set(`${shared} windowSize kernelSize pooling`.split(' '));

interface Pooling {
  window: number;
  kernel: number;
  pooling: 'avg' | 'max';
}

/** Mean attention that each key got from the last `queries` rows of its sequence, one row per query head. */
function attentionFrom(input: QueryKeys, sizes: Sizes, queries: number): Tensor {
  const fai = empty(sizes.perHead, 'f32', sizes);
  const lengths = sizes.offsets.subarray(1).map((next, s) => next - sizes.offsets[s]!);
  sizes.ops.attention_metrics({
    ...queryKeyArguments(input, sizes),
    query_begin: lengths.map((length) => Math.max(0, length - queries)),
    query_end: lengths,
    window: 1,
    h_lo: 0,
    h_hi: horizonEnd(Infinity),
    exclude_sink: 0,
    fai: fai.raw,
  });
  return fai;
}

function score(
  op: string,
  input: QueryKeys,
  queries: number,
  { window, kernel, pooling }: Pooling,
  oneForAll = false,
): Tensor {
  const sizes = sizesOf(op, input);
  using fai = attentionFrom(input, sizes, queries);
  const scores = empty(oneForAll ? sizes.shape : sizes.perGroup, 'f32', sizes);
  sizes.ops.eviction_scores({
    T: sizes.T,
    H: sizes.H,
    Hkv: oneForAll ? 1 : sizes.Hkv,
    S: sizes.S,
    layout: input.offsets ? 'thd' : 'bhtd',
    values: fai.raw,
    offsets: sizes.offsets,
    ...{ window, kernel, pooling },
    scores: scores.raw,
  });
  return scores;
}

/**
 * Scores of cached keys by all the attention that they got: sum over the queries divided by how many there are
 * from the key on, mean over the query heads of a key head (kvpress' ObservedAttentionPress; H2O, 2306.14048).
 * @returns [B,Hkv,T] or packed [Hkv,T]
 * @throws ArgumentError for shapes that disagree
 */
export function observedAttentionScores(input: QueryKeys): Tensor {
  checkNames('observedAttentionScores', observedNames, input);
  const none: Pooling = { window: 0, kernel: 1, pooling: 'avg' };
  return score('observedAttentionScores', input, Number.MAX_SAFE_INTEGER, none);
}

/**
 * Scores of cached keys by the attention of the last queries, pooled over neighbouring keys (SnapKV, 2404.14469;
 * kvpress' SnapKVPress, whose pooling is `avg`). The keys of the window get the largest score of their row.
 * @param input.windowSize last rows of a sequence that count as queries; 64 when left out
 * @param input.kernelSize keys that are pooled, an odd number; 5 when left out
 * @returns [B,Hkv,T] or packed [Hkv,T]; 0 where a sequence is no longer than its window
 * @throws ArgumentError for shapes that disagree, or an even kernel
 */
export function snapKvScores(
  input: QueryKeys & { windowSize?: number; kernelSize?: number; pooling?: 'avg' | 'max' },
): Tensor {
  checkNames('snapKvScores', snapNames, input);
  const { windowSize = 64, kernelSize = 5, pooling = 'avg' } = input;
  if (!Number.isInteger(windowSize) || windowSize < 1) {
    throw refuse('snapKvScores', 'windowSize', 'an integer >= 1', windowSize);
  }
  return score('snapKvScores', input, windowSize, {
    window: windowSize,
    kernel: kernelSize,
    pooling,
  });
}

/**
 * Scores of cached keys by the attention of the last query, mean over all heads (TOVA, 2401.06104; kvpress'
 * TOVAPress). The last key gets the largest score.
 * @returns [B,T] or packed [T]
 * @throws ArgumentError for shapes that disagree
 */
export function tovaScores(input: QueryKeys): Tensor {
  checkNames('tovaScores', observedNames, input);
  return score('tovaScores', input, 1, { window: 1, kernel: 1, pooling: 'avg' }, true);
}
