// Expected values: IEEE 754 binary16 and bfloat16 decoded from their definition in float64, and
// rounding by a search over all of their finite values.
import { namedArray } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';
import { narrow, widen } from '../dist/float16.js';

const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

function decode(bits: number, exponentBits: number): number {
  const mantissaBits = 15 - exponentBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits & 0x7fff) >> mantissaBits;
  const fraction = (bits & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe.each([
  ['F16', 5],
  ['BF16', 8],
] as const)('%s', (dtype, exponentBits) => {
  it('widens every bit pattern exactly and gives it back, NaN payloads included', () => {
    const wide = widen(namedArray(all, [65_536], dtype));
    const want = Float64Array.from(all, (bits) => decode(bits, exponentBits));
    expect(Float64Array.from(wide)).toEqual(want);
    const back = narrow(wide, [65_536], dtype);
    expect(new Uint16Array(back.data.buffer, back.data.byteOffset, 65_536)).toEqual(all);
  });

  it('rounds to the nearest, ties to the even one', () => {
    const finite = [...all].filter(
      (bits) => bits < 0x8000 && Number.isFinite(decode(bits, exponentBits)),
    );
    const values: number[] = [];
    const expected: number[] = [];
    for (let i = 1; i < finite.length; i += 97) {
      const [below, above] = [
        decode(finite[i - 1]!, exponentBits),
        decode(finite[i]!, exponentBits),
      ];
      const middle = (below + above) / 2;
      values.push(middle, -middle, below + (above - below) * 0.25, below + (above - below) * 0.75);
      const even = finite[i]! % 2 === 0 ? finite[i]! : finite[i - 1]!;
      expected.push(even, even | 0x8000, finite[i - 1]!, finite[i]!);
    }
    const { data } = narrow(Float32Array.from(values), [values.length], dtype);
    const got = new Uint16Array(data.buffer, data.byteOffset, values.length);
    expect([...got]).toEqual(expected);
  });

  it('keeps what is too large infinite and NaN a NaN', () => {
    const f32 = new Float32Array(Uint32Array.of(0x7f7fffff, 0xff7fffff, 0x7f800001).buffer);
    const { data } = narrow(f32, [3], dtype);
    const [up, down, nan] = new Uint16Array(data.buffer, data.byteOffset, 3);
    expect([up, down].map((bits) => decode(bits!, exponentBits))).toEqual([Infinity, -Infinity]);
    expect(decode(nan!, exponentBits)).toBeNaN();
  });
});
