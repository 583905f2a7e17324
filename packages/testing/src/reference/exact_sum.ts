import type { Expected, OpArgs } from '../op-cases.js';

const LIMBS = 11;
const LOWEST = 180; // of the fixed point: 2^-180

/** A float64 as a multiple of 2^-180, bits below dropped towards 0. */
export function fixedPoint(x: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(x).buffer)[0]!;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const significand = (bits & 0xfffffffffffffn) | (exponent > 0 ? 1n << 52n : 0n);
  const place = Math.max(exponent, 1) - 1075 + LOWEST;
  const size = place >= 0 ? significand << BigInt(place) : significand >> BigInt(-place);
  return x < 0 ? -size : size;
}

/** Words of a finished sum: two's complement of the multiple of 2^-180, then the flags. */
export function wordsOf(sum: bigint, flags = 0): Int32Array {
  const wrapped = BigInt.asUintN(32 * LIMBS, sum);
  const words = Array.from({ length: LIMBS }, (_, i) =>
    Number((wrapped >> BigInt(32 * i)) & 0xffffffffn),
  );
  return Int32Array.from([...words, flags]);
}

export function sumOf(words: Int32Array): bigint {
  const unsigned = [...words.subarray(0, LIMBS)].reduceRight(
    (total, word) => (total << 32n) | BigInt(word >>> 0),
    0n,
  );
  return BigInt.asIntN(32 * LIMBS, unsigned);
}

/** Nearest float64: JavaScript rounds a BigInt that way when it becomes a Number. */
export function roundedSum(sum: bigint): number {
  return Number(sum) / 2 ** LOWEST;
}

export function exactSum(args: OpArgs): Expected {
  const { n, sums } = args as { n: number; sums: Int32Array };
  let total = 0n;
  let flags = 0;
  for (let i = 0; i < n; i++) {
    total += sumOf(sums.subarray(12 * i, 12 * i + 12));
    flags |= sums[12 * i + 11]!;
  }
  const infinite = { 0: roundedSum(total), 2: Infinity, 4: -Infinity }[flags] ?? NaN;
  return { value: [infinite], total: wordsOf(total, flags) };
}
