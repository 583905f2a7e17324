// Attention, decoding, sampling and random streams on one thread, at the sizes of the Countdown job and at larger ones.
import { cpu, cpuInfo, setThreads } from '@anacrusis/native';
import { timePerCall } from './timing.mjs';

export const title = 'attention and decoding, one thread';

const noise = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898));

function attention(S, length, H, Hkv, D) {
  const T = S * length;
  const offsets = Int32Array.from({ length: S + 1 }, (_, i) => i * length);
  const [q, y, dy, dq] = [noise(T * H * D), noise(T * H * D), noise(T * H * D), noise(T * H * D)];
  const [k, v, dk, dv] = [
    noise(T * Hkv * D),
    noise(T * Hkv * D),
    noise(T * Hkv * D),
    noise(T * Hkv * D),
  ];
  const lse = new Float32Array(H * T);
  const args = { T, H, Hkv, D, S, q, k, v, offsets, scale: 1 / Math.sqrt(D), y, lse };
  const flops = (S * length * (length + 1) * H * D * 4) / 2; // of the visible half
  const name = `${S} x ${length} tokens, H ${H}/${Hkv}, D ${D}`;
  return [
    {
      name: `causal_attention ${name}`,
      n: T,
      unit: 'tokens',
      flops,
      call: () => cpu.causal_attention(args),
    },
    {
      name: `causal_attention_backward ${name}`,
      n: T,
      unit: 'tokens',
      flops: 2.5 * flops,
      call: () => cpu.causal_attention_backward({ ...args, dy, dq, dk, dv }),
    },
  ];
}

function decoding(R, length, H, Hkv, D) {
  const C = length + 5;
  const [q, y] = [noise(R * H * D), noise(R * H * D)];
  const [k_cache, v_cache] = [noise(R * C * Hkv * D), noise(R * C * Hkv * D)];
  const slot = Int32Array.from({ length: R }, (_, i) => i);
  const rows = { slot, length: new Int32Array(R).fill(length) };
  const args = { R, slots: R, C, H, Hkv, D, q, k_cache, v_cache, ...rows, scale: 0.2, y };
  const name = `decode_attention ${R} rows, length ${length}, H ${H}/${Hkv}, D ${D}`;
  return [
    {
      name,
      n: R,
      unit: 'rows',
      flops: R * length * H * D * 4,
      call: () => cpu.decode_attention(args),
    },
  ];
}

function sampling(N, V) {
  const step = Int32Array.from({ length: N }, (_, i) => i);
  const draw = { temperature: 1, seed: 1, stream: new Int32Array(N), step, greedy: false };
  const out = { token: new Int32Array(N), logp: new Float32Array(N) };
  const args = { N, V, logits: noise(N * V), ...draw, ...out };
  return [
    {
      name: `categorical_sample ${N} x ${V}`,
      n: N,
      unit: 'rows',
      call: () => cpu.categorical_sample(args),
    },
  ];
}

function normal(n) {
  const args = { n, seed: 1, stream: 2, offset: 3, mean: 0, std: 1, y: new Float32Array(n) };
  return [{ name: `philox_normal ${n}`, n, unit: 'numbers', call: () => cpu.philox_normal(args) }];
}

export function run() {
  const { threads } = cpuInfo();
  setThreads(1);
  const calls = [
    ...attention(256, 31, 4, 2, 32),
    ...attention(1, 4096, 4, 2, 128),
    ...decoding(256, 30, 4, 2, 32),
    ...decoding(8, 2048, 4, 2, 32),
    ...sampling(256, 41),
    ...sampling(16, 151_936),
    ...normal(1_000_000),
  ];
  const results = calls.map(({ name, n, unit, flops, call }) => {
    const seconds = timePerCall(call, { rounds: 5, budget: 0.02 });
    const perSecond = n / seconds;
    const gflops = flops ? flops / seconds / 1e9 : undefined;
    const text = `${(perSecond / 1e6).toFixed(3)} M ${unit}/s${gflops ? `, ${gflops.toFixed(1)} GFLOP/s` : ''}`;
    return { name, figures: { [`${unit}_per_s`]: perSecond, ...(gflops && { gflops }) }, text };
  });
  setThreads(threads);
  return results;
}
