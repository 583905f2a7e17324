// Properties of the definition (1706.03762 eq. 1 with a causal mask) that need no expected values.
import { cpu, device } from '@anacrusis/native';
import { attentionArgs, Random, runOnDevice, useEmulator, type OpArgs } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

useEmulator();
const emulated = device('cuda:0');

const [H, Hkv, D] = [4, 2, 20];

interface Input extends OpArgs {
  T: number;
  S: number;
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
  offsets: Int32Array;
  scale: number;
}

type Attend = (input: Input) => { y: Float32Array; lse: Float32Array };

const attendBy =
  (run: (args: OpArgs) => void): Attend =>
  (input) => {
    const y = new Float32Array(input.T * H * D);
    const lse = new Float32Array(H * input.T);
    run({ ...input, H, Hkv, D, y, lse });
    return { y, lse };
  };
const onCpu = attendBy((args) => cpu.causal_attention(args as never));
const onDevice = attendBy((args) => runOnDevice(emulated, 'causal_attention', args));

describe.each([
  ['CPU', onCpu],
  ['emulator', onDevice],
])('causal_attention (%s)', (_, attend) => {
  it('gives a sequence the same bits alone and packed with others', () => {
    const input = attentionArgs(new Random(21), [H, Hkv, D, [3, 77, 31, 130]]) as Input;
    const packed = attend(input);
    for (let s = 0; s < 4; s++) {
      const [begin, end] = [input.offsets[s]!, input.offsets[s + 1]!];
      const cut = (x: Float32Array, heads: number): Float32Array =>
        x.slice(begin * heads * D, end * heads * D);
      const alone = attend({
        ...input,
        T: end - begin,
        S: 1,
        offsets: Int32Array.of(0, end - begin),
        q: cut(input.q, H),
        k: cut(input.k, Hkv),
        v: cut(input.v, Hkv),
      });
      expect(alone.y).toEqual(cut(packed.y, H));
      for (let h = 0; h < H; h++) {
        const row = packed.lse.subarray(h * input.T + begin, h * input.T + end);
        expect(alone.lse.subarray(h * (end - begin), (h + 1) * (end - begin))).toEqual(row);
      }
    }
  });

  it('lets nothing of the future through, not even a NaN', () => {
    const input = attentionArgs(new Random(22), [H, Hkv, D, [90]]) as Input;
    const clean = attend(input);
    for (const cut of [1, 37, 70]) {
      const spoil = (x: Float32Array): Float32Array => x.slice().fill(NaN, cut * Hkv * D);
      const spoilt = attend({ ...input, k: spoil(input.k), v: spoil(input.v) });
      expect(spoilt.y.subarray(0, cut * H * D)).toEqual(clean.y.subarray(0, cut * H * D));
      expect(spoilt.y.subarray(cut * H * D).every(Number.isNaN)).toBe(true);
    }
  });

  it('returns the value itself for the first token, and a log-sum-exp that is its score', () => {
    const input = attentionArgs(new Random(23), [H, Hkv, D, [5]]) as Input;
    const { y, lse } = attend(input);
    for (let h = 0; h < H; h++) {
      const kv = h >> 1;
      expect(y.subarray(h * D, (h + 1) * D)).toEqual(input.v.subarray(kv * D, (kv + 1) * D));
      let score = 0;
      for (let d = 0; d < D; d++) score += input.scale * input.q[h * D + d]! * input.k[kv * D + d]!;
      expect(lse[h * 5]).toBeCloseTo(score, 5);
    }
  });
});

it('refuses heads that do not divide and offsets that fall or do not end at T', () => {
  const input = attentionArgs(new Random(24), [H, Hkv, D, [3, 4]]) as Input;
  const call = (changes: OpArgs) => () => onCpu({ ...input, ...changes } as Input);
  expect(call({ offsets: Int32Array.of(0, 5, 4) })).toThrow(
    /offsets\[2\]: expected at least .* 5, received 4/,
  );
  expect(call({ offsets: Int32Array.of(0, 3, 6) })).toThrow(
    /offsets\[2\]: expected T = 7.* received 6/,
  );
  expect(call({ offsets: Int32Array.of(1, 3, 7) })).toThrow(
    /offsets\[0\]: expected 0.* received 1/,
  );
  const [y, lse, kv] = [
    new Float32Array(7 * 3 * D),
    new Float32Array(3 * 7),
    new Float32Array(7 * 2 * D),
  ];
  expect(() =>
    cpu.causal_attention({ ...input, H: 3, Hkv: 2, D, q: y.slice(), k: kv, v: kv, y, lse }),
  ).toThrow(/H: expected a multiple of Hkv = 2, received 3/);
});
