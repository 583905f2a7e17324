// The fused op against the ops that it stands for, bit for bit; and what its fields cannot say.
import { cpu } from '@anacrusis/native';
import { Random } from '@anacrusis/testing';
import { expect, it } from 'vitest';

const random = new Random(3);
const [R, slots, C, H, Hkv, D, P] = [71, 80, 23, 6, 3, 20, 40];
const half = D / 2;
const qkv = random.f32(R * (H + 2 * Hkv) * D);
const [q_norm, k_norm] = [random.f32(D), random.f32(D)];
const table = { cos: new Float32Array(P * half), sin: new Float32Array(P * half) };
cpu.rotary_table({ P, D, half, theta: 1e4, ...table });
const slot = Int32Array.from({ length: R }, (_, row) => (row * 7) % slots);
const position = random.i32(R, 0, C - 1);
const sizes = { R, slots, C, H, Hkv, D, half, P };
const place = { slot, position };

function heads(from: number, count: number): Float32Array {
  const width = (H + 2 * Hkv) * D;
  const part = new Float32Array(R * count * D);
  for (let row = 0; row < R; row++) {
    const begin = row * width + from * D;
    part.set(qkv.subarray(begin, begin + count * D), row * count * D);
  }
  return part;
}

function normedAndTurned(x: Float32Array, count: number, weight: Float32Array): Float32Array {
  const [N, y] = [R * count, new Float32Array(x.length)];
  cpu.rms_norm({ N, D, x, weight, eps: 1e-5, y, inv_rms: new Float32Array(N) });
  const angles = { half, P, positions: position, ...table, inverse: false };
  cpu.rotary_embedding({ T: R, H: count, D, ...angles, x: y, y });
  return y;
}

it('has the bits of norm, rotation and cache write one after another', () => {
  const cache = (): Float32Array => new Float32Array(slots * C * Hkv * D).fill(0.5);
  const [got, want] = [
    { q: new Float32Array(R * H * D), k_cache: cache(), v_cache: cache() },
    { k_cache: cache(), v_cache: cache() },
  ];
  cpu.qkv_cache_write({ ...sizes, qkv, q_norm, k_norm, eps: 1e-5, ...table, ...place, ...got });
  const k = normedAndTurned(heads(H, Hkv), Hkv, k_norm);
  cpu.kv_cache_write({ R, slots, C, Hkv, D, k, v: heads(H + Hkv, Hkv), ...place, ...want });
  expect(got.q).toEqual(normedAndTurned(heads(0, H), H, q_norm));
  expect(got.k_cache).toEqual(want.k_cache);
  expect(got.v_cache).toEqual(want.v_cache);
});

it('refuses a table that is too short, and another half', () => {
  const out = {
    q: new Float32Array(8),
    k_cache: new Float32Array(8),
    v_cache: new Float32Array(8),
  };
  const one = { R: 1, slots: 1, C: 2, H: 2, Hkv: 1, D: 4, half: 2, P: 2 };
  const given = {
    ...{ ...one, ...out, qkv: new Float32Array(16), eps: 0 },
    ...{ q_norm: new Float32Array(4), k_norm: new Float32Array(4) },
    ...{ cos: new Float32Array(4), sin: new Float32Array(4) },
    ...{ slot: new Int32Array(1), position: new Int32Array(1) },
  };
  expect(() => cpu.qkv_cache_write(given)).not.toThrow();
  const short = { P: 1, cos: new Float32Array(2), sin: new Float32Array(2) };
  expect(() => cpu.qkv_cache_write({ ...given, ...short })).toThrow(/P: expected at least C = 2/);
  const third = { half: 1, cos: new Float32Array(2), sin: new Float32Array(2) };
  expect(() => cpu.qkv_cache_write({ ...given, ...third })).toThrow(/half: expected half of D = 4/);
});
