import { namedArray, typedArrayOf, type NamedArray } from '@anacrusis/tensor';

/** How a weight is stored in a checkpoint; in memory every weight is f32. */
export type StoredDtype = 'F32' | 'BF16' | 'F16';

export const isStoredDtype = (dtype: string): dtype is StoredDtype =>
  dtype === 'F32' || dtype === 'BF16' || dtype === 'F16';

/** The weights as f32, exactly. */
export function widen(stored: NamedArray): Float32Array {
  const array = typedArrayOf(stored);
  if (stored.dtype === 'F32') return new Float32Array(array as Float32Array);
  const half = array as Uint16Array;
  const result = new Float32Array(half.length);
  const bits = new Uint32Array(result.buffer);
  if (stored.dtype === 'BF16') for (let i = 0; i < half.length; i++) bits[i] = half[i]! << 16;
  else for (let i = 0; i < half.length; i++) bits[i] = f16ToF32(half[i]!);
  return result;
}

/**
 * The weights in the stored type, rounded to nearest, ties to even; what `widen` made comes back
 * with the same bits, NaN payloads included.
 */
export function narrow(values: Float32Array, shape: number[], dtype: StoredDtype): NamedArray {
  if (dtype === 'F32') return namedArray(values, shape);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const convert = dtype === 'BF16' ? f32ToBf16 : f32ToF16;
  const half = new Uint16Array(bits.length);
  for (let i = 0; i < half.length; i++) half[i] = convert(bits[i]!);
  return namedArray(half, shape, dtype);
}

const isNaN32 = (bits: number): boolean => (bits & 0x7fffffff) > 0x7f800000;

function f32ToBf16(bits: number): number {
  const top = bits >>> 16;
  if (isNaN32(bits)) return (top & 0x7f) === 0 ? top | 0x40 : top;
  return (bits + 0x7fff + (top & 1)) >>> 16;
}

function f16ToF32(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  if (mantissa === 0) return sign;
  const shift = Math.clz32(mantissa) - 21;
  return sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13);
}

function f32ToF16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  if (isNaN32(bits)) return sign | 0x7c00 | ((bits >>> 13) & 0x3ff || 0x200);
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const mantissa = bits & 0x7fffff;
  if (exponent >= 0x1f) return sign | 0x7c00;
  if (exponent < -10) return sign;
  const full = exponent > 0 ? mantissa | (exponent << 23) : mantissa | 0x800000;
  const shift = exponent > 0 ? 13 : 14 - exponent;
  const kept = full >>> shift;
  const rest = full & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign + kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0);
}
