import { expectTensor, type Tensor } from '@anacrusis/tensor';
import { refuse } from './refuse.js';

/** How tokens lie in memory: packed sequences [T] with offsets, or equal ones [B,T]. */
export interface Tokens {
  T: number;
  S: number;
  offsets: Int32Array;
  /** Shape of a signal with one number per token. */
  shape: number[];
}

export function packedTokens(op: string, T: number, offsets: Tensor): Tokens {
  expectTensor(op, 'offsets', offsets, 'i32', [null]);
  if (offsets.size === 0) throw refuse(op, 'offsets', '[S+1]', 'no element', 'ERR_SHAPE');
  return { T, S: offsets.size - 1, offsets: offsets.i32, shape: [T] };
}

export function equalTokens(B: number, L: number): Tokens {
  const offsets = Int32Array.from({ length: B + 1 }, (_, s) => s * L);
  return { T: B * L, S: B, offsets, shape: [B, L] };
}

/** One integer per sequence, given as a number for all of them or as an i32 tensor [S]. */
export function perSequence(
  op: string,
  name: string,
  value: number | Tensor,
  S: number,
): Int32Array {
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) throw refuse(op, name, 'an integer or an i32 tensor', value);
    return new Int32Array(S).fill(value);
  }
  expectTensor(op, name, value, 'i32', [S]);
  return value.i32;
}
