import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Memory {
  live: number;
  pooled: number;
  rss: number;
}

it('an MLP with AdamW holds after 60,000 steps what it held after 100', () => {
  const script = join(import.meta.dirname, 'fixtures', 'mlp-loop.mjs');
  // V8 grows its young generation by megabytes when it likes; that would hide a leak, or look like one.
  const flags = ['--expose-gc', '--min-semi-space-size=1', '--max-semi-space-size=1'];
  const output = execFileSync(process.execPath, [...flags, script, '60000'], { encoding: 'utf8' });
  const result = JSON.parse(output) as {
    disposed: number;
    early: Memory;
    late: Memory;
    loss: number;
  };
  const { disposed, early, late, loss } = result;
  console.log(`after 100 steps ${JSON.stringify(early)}, after 60,000 ${JSON.stringify(late)}`);
  // A loop that does nothing would hold its memory too.
  expect(loss).toBeLessThan(0.01);
  expect(disposed).toBe(0);
  expect([late.live, late.pooled]).toEqual([early.live, early.pooled]);
  // What is outside of the pool, at 70 bytes a step: any array kept by a step shows, a leak of a few words
  // does not. V8's own pages and compiled code move a process of 60 MB by up to 1.3 MB, so that a bound of
  // 1 % of it would fail without a leak.
  expect(late.rss - early.rss).toBeLessThan(4 * 2 ** 20);
});
