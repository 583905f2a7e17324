// Post-training on a device: two steps on the SIMT emulator against the same two on the CPU. Sampling draws the same
// tokens (one random stream, thresholds that rounding misses), so that both take the same steps.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { latestCheckpoint, readMetrics } from '@anacrusis/run';
import { memoryStats, typedArrayOf } from '@anacrusis/tensor';
import { useEmulator } from '@anacrusis/testing';
import { postTrain, type PostTrainOptions } from '@anacrusis/trainers';
import { afterAll, expect, it } from 'vitest';

useEmulator();
const folder = mkdtempSync(join(tmpdir(), 'anacrusis-device-'));
afterAll(() => rmSync(folder, { recursive: true }));

const small: Partial<PostTrainOptions> = {
  model: fileURLToPath(new URL('../../../models/countdown-base', import.meta.url)),
  ...{ steps: 2, prompts: 2, groupSize: 4, lr: 1e-4, evalProblems: 1, evalSamples: 1 },
  ...{ maxNewTokens: 24, seed: 5 },
};

async function train(name: string, options: Partial<PostTrainOptions>) {
  const runDir = join(folder, name);
  const result = await postTrain({ ...small, runDir, ...options }, { output: null });
  const metrics = readMetrics(join(runDir, 'metrics.jsonl'));
  const parameters = [...latestCheckpoint(runDir).checkpoint!.tensors].filter(([tensor]) =>
    tensor.startsWith('model.'),
  );
  return { result, metrics, parameters };
}

it.each([{ credit: 'coupled' }, { credit: 'none' }] as const)(
  'two steps with credit $credit are those of the CPU',
  async (options) => {
    const cpu = await train(`cpu-${options.credit}`, { ...options, device: 'cpu' });
    const alive = memoryStats('cuda:0').live;
    const cuda = await train(`cuda-${options.credit}`, { ...options, device: 'cuda' });
    const learned = cpu.metrics.filter((row) => row['losses/policy_loss'] !== undefined);
    expect(learned.length, 'steps that learned').toBe(2);
    cpu.metrics.forEach((row, i) => {
      for (const [name, value] of Object.entries(row)) {
        if (/^perf|wall_time/.test(name)) continue;
        const got = cuda.metrics[i]![name];
        expect(
          Math.abs(got! - value!),
          `${name} at ${i}: ${got}, on the CPU ${value}`,
        ).toBeLessThan(1e-4);
      }
    });
    let worst = 0;
    cpu.parameters.forEach(([name, stored], i) => {
      expect(cuda.parameters[i]![0]).toBe(name);
      const [want, got] = [typedArrayOf(stored), typedArrayOf(cuda.parameters[i]![1])] as [
        Float32Array,
        Float32Array,
      ];
      want.forEach((value, j) => (worst = Math.max(worst, Math.abs(value - got[j]!))));
    });
    // AdamW's first steps are lr times the sign of a gradient: 2e-4 where one is nothing but rounding.
    expect(worst).toBeLessThan(1e-4);
    expect(cuda.result.before).toEqual(cpu.result.before);
    expect(memoryStats('cuda:0').live, 'bytes left on the device').toBe(alive);
    console.log(`largest difference of a parameter: ${worst}`);
  },
);
