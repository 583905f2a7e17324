// Environments and devices: workers that end in the middle of device work give their memory back, and the others
// go on. Emulated devices are one for all threads of the process, as real ones are.
import { Worker } from 'node:worker_threads';

import { device } from '@anacrusis/native';
import { emulatorPath, useEmulator } from '@anacrusis/testing';
import { expect, it } from 'vitest';

const simt = useEmulator();
const cuda = device('cuda:0');

/** In the worker: device arrays made, used and dropped for ever; says when the first result is right. */
const program = (call: string): string => `
  const { parentPort } = require('node:worker_threads');
  process.env.ANACRUSIS_CUDA_BINARY = ${JSON.stringify(emulatorPath)};
  import(${JSON.stringify(import.meta.resolve('@anacrusis/native'))}).then(async ({ device }) => {
    const cuda = device('cuda:0');
    const kept = [];
    for (let i = 0; ; i++) {
      const x = cuda.upload(new Float32Array(100).fill(3));
      ${call}({ n: 100, x, fn: 'square', y: x });
      const right = x.read().every((value) => value === 9);
      if (i % 2) kept.push(x.subarray(1)); else x.dispose();
      if (i === 0 || !right) parentPort.postMessage(right);
      await new Promise(setImmediate);
    }
  });`;

it.each(['cuda.ops.unary', 'await cuda.ops.unary_async'])(
  '12 workers end in the middle of %s',
  async (call) => {
    const { allocations } = simt.ledger();
    for (let round = 0; round < 4; round++) {
      const workers = Array.from({ length: 3 }, () => new Worker(program(call), { eval: true }));
      const answers = workers.map(
        (worker) =>
          new Promise<boolean>((resolve, reject) => {
            worker.once('message', resolve);
            worker.once('error', reject);
          }),
      );
      expect(await Promise.all(answers)).toEqual([true, true, true]);
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
    expect(simt.ledger().allocations, 'device memory of ended workers').toBe(allocations);
    using x = cuda.upload(Float32Array.of(2));
    cuda.ops.unary({ n: 1, x, fn: 'square', y: x });
    expect([...x.read()]).toEqual([4]);
  },
);
