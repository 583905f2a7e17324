import type { Expected, OpArgs } from '../op-cases.js';

export function bitSum({ x }: OpArgs): Expected {
  const bytes = new DataView((x as Float32Array).slice().buffer);
  let sum = 0n;
  for (let at = 0; at < bytes.byteLength; at += 4) sum += BigInt(bytes.getUint32(at, true));
  return { sum: [Number(BigInt.asIntN(32, sum))] };
}
