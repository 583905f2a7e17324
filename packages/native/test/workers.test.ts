// Environments: a worker has an addon of its own, and may end at any moment.
import { Worker } from 'node:worker_threads';

import { cpu } from '@anacrusis/native';
import { expect, it } from 'vitest';

const native = import.meta.resolve('@anacrusis/native');

/** In the worker: `call` in a loop; the first result is posted. */
const program = (call: string): string => `
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(native)}).then(async ({ cpu }) => {
    const n = 1 << 18;
    const x = new Float32Array(n).fill(0.5);
    const y = new Float32Array(n);
    for (let i = 0; ; i++) {
      ${call}({ n, x, fn: 'exp', y });
      if (i === 0) parentPort.postMessage(y[n - 1]);
      if (i % 8 === 0) await new Promise(setImmediate);
    }
  });`;

function start(call: string): { worker: Worker; first: Promise<number> } {
  const worker = new Worker(program(call), { eval: true });
  const first = new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { worker, first };
}

it.each(['cpu.unary', 'await cpu.unary_async'])(
  '40 workers end in the middle of %s',
  async (call) => {
    const expected = Math.fround(Math.exp(0.5));
    for (let round = 0; round < 10; round++) {
      const running = Array.from({ length: 4 }, () => start(call));
      const values = await Promise.all(running.map(({ first }) => first));
      values.forEach((value) => expect(Math.abs(value - expected)).toBeLessThan(1e-6));
      await Promise.all(running.map(({ worker }) => worker.terminate()));
    }
    const y = new Float32Array(1);
    cpu.unary({ n: 1, x: Float32Array.of(0.5), fn: 'exp', y });
    expect(Math.abs(y[0]! - expected)).toBeLessThan(1e-6);
  },
);

it('works in main and in workers at once', async () => {
  const { worker, first } = start('cpu.unary');
  await first;
  const n = 1 << 16;
  const y = new Float32Array(n);
  for (let i = 0; i < 200; i++) cpu.unary({ n, x: new Float32Array(n).fill(1), fn: 'square', y });
  expect(y.every((value) => value === 1)).toBe(true);
  await worker.terminate();
});
