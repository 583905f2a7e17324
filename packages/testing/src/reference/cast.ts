import type { Expected, OpArgs } from '../op-cases.js';

/** Significant bits, smallest normal exponent and largest finite value of a 16-bit format. */
const formats = {
  bf16: { bits: 8, lowest: -126, largest: (2 - 2 ** -7) * 2 ** 127, mantissa: 7, bias: 127 },
  f16: { bits: 11, lowest: -14, largest: 65504, mantissa: 10, bias: 15 },
};
export type HalfType = keyof typeof formats;

/** The nearest value of the format, ties to even, as a number. */
export function roundTo(x: number, type: HalfType): number {
  if (Number.isNaN(x) || x === 0 || !Number.isFinite(x)) return x;
  const { bits, lowest, largest } = formats[type];
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), lowest);
  const spacing = 2 ** (exponent - bits + 1);
  const quotient = Math.abs(x) / spacing;
  const floor = Math.floor(quotient);
  const rest = quotient - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  const rounded = (floor + (up ? 1 : 0)) * spacing;
  const sign = x < 0 ? -1 : 1;
  return sign * (rounded > largest ? Infinity : rounded);
}

/** The bits of a value of the format. */
export function halfBits(x: number, type: HalfType): number {
  const { lowest, mantissa, bias } = formats[type];
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const ones = ((1 << (15 - mantissa)) - 1) << mantissa;
  if (Number.isNaN(x)) return 0x7fff;
  const size = Math.abs(x);
  if (size === Infinity) return sign | ones;
  if (size < 2 ** lowest) return sign | (size / 2 ** (lowest - mantissa));
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + bias) << mantissa) | ((size / 2 ** exponent - 1) * 2 ** mantissa);
}

/** The value that the bits stand for. */
export function halfValue(bits: number, type: HalfType): number {
  const { lowest, mantissa, bias } = formats[type];
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits & 0x7fff) >> mantissa;
  const fraction = bits & ((1 << mantissa) - 1);
  if (exponent === (1 << (15 - mantissa)) - 1) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** (lowest - mantissa);
  return sign * (1 + fraction * 2 ** -mantissa) * 2 ** (exponent - bias);
}

export function cast({ x, from, to }: OpArgs): Expected {
  const values = Array.from(x as ArrayLike<number>, (element) =>
    from === 'f32' ? element : halfValue(element, from as HalfType),
  );
  if (to === 'f32') return { y: values };
  return { y: values.map((value) => halfBits(roundTo(value, to as HalfType), to as HalfType)) };
}
