import { expectTensor, type Tensor } from '@anacrusis/tensor';
import type { Aggregation } from './aggregate.js';
import { expectOneOf, refuse } from './refusals.js';

/** Sequences one after another: the form that the raw ops take. */
export interface Sequences {
  T: number;
  S: number;
  offsets: Int32Array;
}

const aggregations: readonly Aggregation[] = [
  'token-mean',
  'seq-mean-token-mean',
  'seq-mean-token-sum',
  'seq-mean-token-sum-norm',
];

/**
 * Where the sequences of a per-token tensor begin: rows of [B,T], or parts of [T] given by `offsets`. Where it makes no
 * difference, under `token-mean`, [T] alone is one sequence.
 * @param offsets i32 [S+1], rising from 0 to T
 */
export function sequencesOf(
  op: string,
  parameter: string,
  perToken: Tensor,
  offsets: Tensor | undefined,
  aggregation: Aggregation,
): Sequences {
  expectOneOf(op, 'aggregation', aggregation, aggregations);
  if (offsets) {
    expectTensor(op, parameter, perToken, 'f32', [null]);
    expectTensor(op, 'offsets', offsets, 'i32', [null]);
    if (offsets.size === 0) throw refuse(op, 'offsets', 'shape [S+1]', '[0]');
    return { T: perToken.size, S: offsets.size - 1, offsets: offsets.i32 };
  }
  expectTensor(op, parameter, perToken, 'f32');
  const { shape } = perToken;
  const oneRow = shape.length === 1 && aggregation === 'token-mean';
  if (shape.length !== 2 && !oneRow) {
    const expected = "shape [B, T], [T] with offsets, or [T] under 'token-mean'";
    throw refuse(op, parameter, expected, `[${shape.join(', ')}]`);
  }
  const [B, T] = (oneRow ? [1, ...shape] : shape) as [number, number];
  const rows = Int32Array.from({ length: B + 1 }, (_, row) => row * T);
  return { T: B * T, S: B, offsets: rows };
}
