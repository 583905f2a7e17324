// What op cases are too small to show: offsets beyond 2^31 elements, and memory.
import { execFileSync } from 'node:child_process';
import { totalmem } from 'node:os';
import { cpu } from '@anacrusis/native';
import { Random } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const FAR = Number.MAX_SAFE_INTEGER;
const roomy = totalmem() > 8e9;
const bits = (random: Random, n: number): Uint16Array =>
  Uint16Array.from(new Uint32Array(random.f32(n).buffer), (word) => word >>> 16);

describe.skipIf(!roomy)(
  `offsets beyond 2^31 elements${roomy ? '' : ' (skipped: needs 8 GB)'}`,
  () => {
    const horizon = { h_lo: 0, h_hi: FAR, exclude_sink: 0, window: 10 };

    it('attention_metrics: the last head of the last query', () => {
      const random = new Random(3);
      const [T, H, D] = [66_000, 256, 128];
      const own = bits(random, D);
      const k = bits(random, T * D);
      const q = new Uint16Array(T * H * D); // 4.3 GB that nobody touches but for its last elements
      q.set(own, q.length - D);
      const common = {
        ...{ T, Hkv: 1, D, S: 1 },
        ...({ layout: 'thd', dtype: 'bf16', lse_form: 'natural' } as const),
        ...{ k, offsets: Int32Array.of(0, T), scale: 1 / Math.sqrt(D), ...horizon },
        query_begin: Int32Array.of(T - 1),
        query_end: Int32Array.of(T),
      } as const;
      const flags = new Uint8Array(H);
      flags[H - 1] = 1;
      const [waad, fai] = [new Float32Array(H * T), new Float32Array(H * T)];
      cpu.attention_metrics({
        ...{ ...common, H, q, local_heads: flags, global_heads: flags, waad, fai },
      });
      const alone = { waad: new Float32Array(T), fai: new Float32Array(T) };
      const rows = new Uint16Array(T * D);
      rows.set(own, rows.length - D);
      cpu.attention_metrics({ ...common, H: 1, q: rows, ...alone });
      const last = (x: Float32Array): Float32Array => x.subarray((H - 1) * T);
      expect(last(waad).at(-1)).toBeGreaterThan(9);
      expect(
        Buffer.from(last(fai).buffer, (H - 1) * T * 4).equals(Buffer.from(alone.fai.buffer)),
      ).toBe(true);
      expect(last(waad).at(-1)).toBe(alone.waad.at(-1));
    });

    it('attention_metrics_from_maps: the last row', () => {
      const T = 46_400;
      const maps = new Uint16Array(T * T);
      maps[maps.length - 1] = 0x3e80; // 1/4 on the key itself
      maps[maps.length - 8] = 0x3f00; // 1/2 seven keys before
      const [waad, fai] = [new Float32Array(T), new Float32Array(T)];
      cpu.attention_metrics_from_maps({
        ...{ B: 1, H: 1, T, dtype: 'bf16', maps, normalized: false, ...horizon },
        query_begin: Int32Array.of(T - 1),
        query_end: Int32Array.of(T),
        ...{ waad, fai },
      });
      expect([waad.at(-1), waad.at(-2), fai.at(-1), fai.at(-8), fai.at(-9)]).toEqual([
        3.5, 0, 0.25, 0.5, 0,
      ]);
    });
  },
);

it('attention_metrics of 16,384 tokens, H 4, D 128: less than 64 MB beside its arrays', () => {
  const script = `
    import { cpu } from '@anacrusis/native';
    const [T, H, D] = [16384, 4, 128];
    const noise = (n) => new Float32Array(n).map((_, i) => ((i * 7919) % 97) / 97 - 0.5);
    const touched = (n) => new Float32Array(n).fill(1);
    const call = (T, arrays) => cpu.attention_metrics({
      T, H, Hkv: H, D, S: 1, layout: 'bhtd', dtype: 'f32', lse_form: 'natural', ...arrays,
      offsets: Int32Array.of(0, T), query_begin: Int32Array.of(0), query_end: Int32Array.of(T),
      scale: 0.1, window: 10, h_lo: 0, h_hi: 2 ** 40, exclude_sink: 0,
    });
    const arrays = (T) => ({ q: noise(T * H * D), k: noise(T * H * D), waad: touched(H * T),
      fai: touched(H * T), span: touched(H), lse: touched(H * T) });
    const large = arrays(T);
    call(16, arrays(16));
    const before = process.resourceUsage().maxRSS;
    call(T, large);
    console.log((process.resourceUsage().maxRSS - before) / 1024);`;
  const cwd = new URL('..', import.meta.url);
  const options = ['--input-type=module', '-e', script];
  const megabytes = Number(execFileSync(process.execPath, options, { cwd, encoding: 'utf8' }));
  expect(megabytes).toBeGreaterThan(8); // what one key head takes: the measurement works
  expect(megabytes).toBeLessThan(64);
});
