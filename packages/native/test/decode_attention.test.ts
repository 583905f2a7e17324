// A row of a decoding step must not depend on its batch: replayed and resumed sequences rest on it.
import { cpu, device } from '@anacrusis/native';
import { Random, runOnDevice, useEmulator, type OpArgs } from '@anacrusis/testing';
import { expect, it } from 'vitest';

useEmulator();
const emulated = device('cuda:0');
const onCpu = (args: OpArgs): void => cpu.decode_attention(args as never);
const onDevice = (args: OpArgs): void => runOnDevice(emulated, 'decode_attention', args);

it.each([
  ['CPU', 37, 151, 32, onCpu],
  ['CPU', 37, 151, 20, onCpu],
  ['CPU', 37, 151, 128, onCpu],
  ['emulator', 13, 600, 36, onDevice],
  ['emulator', 5, 40, 128, onDevice],
] as const)(
  'gives a row the same bits alone and in any batch (%s, R %i C %i D %i)',
  (_, R, C, D, run) => {
    const random = new Random(31);
    const [slots, H, Hkv] = [5, 4, 2];
    const cache = {
      k_cache: random.f32(slots * C * Hkv * D),
      v_cache: random.f32(slots * C * Hkv * D),
    };
    const [q, slot, length] = [
      random.f32(R * H * D),
      random.i32(R, 0, slots - 1).sort(), // some rows in a row are of the same slot
      random.i32(R, 1, C),
    ];
    const decode = (begin: number, end: number): Float32Array => {
      const y = new Float32Array((end - begin) * H * D);
      const rows = {
        q: q.slice(begin * H * D, end * H * D),
        slot: slot.slice(begin, end),
        length: length.slice(begin, end),
      };
      run({ R: end - begin, slots, C, H, Hkv, D, ...rows, ...cache, scale: 0.2, y });
      return y;
    };
    const together = decode(0, R);
    for (let row = 0; row < R; row++) {
      const here = together.subarray(row * H * D, (row + 1) * H * D);
      expect(decode(row, row + 1)).toEqual(here);
      expect(decode(row >> 1, row + 1).subarray((row - (row >> 1)) * H * D)).toEqual(here);
    }
  },
);

it('agrees with causal_attention on the last token of a sequence', () => {
  const random = new Random(32);
  const [T, H, Hkv, D] = [83, 6, 2, 24];
  const [q, k, v] = [random.f32(T * H * D), random.f32(T * Hkv * D), random.f32(T * Hkv * D)];
  const [y, lse] = [new Float32Array(T * H * D), new Float32Array(H * T)];
  const scale = 1 / Math.sqrt(D);
  const last = new Float32Array(H * D);
  cpu.causal_attention({
    T,
    H,
    Hkv,
    D,
    S: 1,
    q,
    k,
    v,
    offsets: Int32Array.of(0, T),
    scale,
    y,
    lse,
  });
  const cache = { k_cache: k, v_cache: v, slot: Int32Array.of(0), length: Int32Array.of(T) };
  cpu.decode_attention({
    R: 1,
    slots: 1,
    C: T,
    H,
    Hkv,
    D,
    q: q.slice(-H * D),
    ...cache,
    scale,
    y: last,
  });
  last.forEach((value, i) => expect(value).toBeCloseTo(y[(T - 1) * H * D + i]!, 5));
});
