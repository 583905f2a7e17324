import { halfBits, halfValue, roundTo } from './reference/cast.js';

export type FloatType = 'f32' | 'bf16' | 'f16';

/** The array that an op takes for elements of a type: bits of the 16-bit ones. */
export function encoded(values: Float32Array, dtype: FloatType): Float32Array | Uint16Array {
  if (dtype === 'f32') return values;
  return Uint16Array.from(values, (x) => halfBits(roundTo(x, dtype), dtype));
}

/** What the elements stand for. */
export function decoded(elements: ArrayLike<number>, dtype: FloatType): Float64Array {
  return Float64Array.from(elements, (x) => (dtype === 'f32' ? x : halfValue(x, dtype)));
}

/** Distance of a number to the next one of a 16-bit type. */
export function unitInLastPlace(x: number, dtype: 'bf16' | 'f16'): number {
  const [mantissa, lowest] = dtype === 'bf16' ? [7, -126] : [10, -14];
  const exponent = x === 0 ? lowest : Math.max(Math.floor(Math.log2(Math.abs(x))), lowest);
  return 2 ** (exponent - mantissa);
}
