// The model and the sampler on the SIMT emulator against the same on the CPU.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generate, qwen3Config, Qwen3Model, type GenerationRequest } from '@anacrusis/lm';
import { memoryStats, type DeviceName } from '@anacrusis/tensor';
import { useEmulator } from '@anacrusis/testing';
import { expect, it } from 'vitest';

const simt = useEmulator();
const cuda = 'cuda:0';

const config = qwen3Config({
  ...{ vocabSize: 37, hiddenSize: 24, intermediateSize: 40, numHiddenLayers: 2 },
  ...{ numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 8, maxPositionEmbeddings: 64 },
  ...{ rmsNormEps: 1e-6, ropeTheta: 10_000, tieWordEmbeddings: false },
});
const modelOn = (device: DeviceName): Qwen3Model =>
  Qwen3Model.random(config, 7, { device, embeddingStd: 1, outputGain: 1 });

// Equal prompts, so that one is copied to the next slot, and one that is read in pieces.
const prompts = [
  [3, 1, 4, 1, 5],
  [3, 1, 4, 1, 5],
  [9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3],
];
const requests: GenerationRequest[] = prompts.map((prompt, seedStream) => ({
  ...{ prompt: Int32Array.from(prompt), maxNewTokens: 9, seedStream, stop: [0] },
}));

it('samples the tokens of the CPU, and reads back nothing but them', () => {
  using here = modelOn('cpu');
  using there = modelOn(cuda);
  there.rotary(64); // made once, and the model's
  const before = memoryStats(cuda).live;
  const options = { seed: 11, slots: 2, rowBudget: 6 };
  const want = generate(here, requests, options);
  simt.faultPlan('');
  let passes = 0;
  const got = generate(there, requests, { ...options, onProgress: () => passes++ });
  got.forEach(({ tokens, logps }, i) => {
    expect([...tokens]).toEqual([...want[i]!.tokens]);
    logps.forEach((logp, t) => expect(logp).toBeCloseTo(want[i]!.logps[t]!, 4));
  });
  // Tokens and log-probabilities, and after each wait whether an index was illegal.
  expect(simt.callCounts()['download']).toBeLessThanOrEqual(4 * passes);
  expect(memoryStats(cuda).live, 'bytes left').toBe(before);
});

it('gives a response the same bits alone and in a batch', () => {
  using model = modelOn(cuda);
  const together = generate(model, requests, { seed: 11 });
  requests.forEach((request, i) => {
    const [alone] = generate(model, [request], { seed: 11 });
    expect([...alone!.tokens]).toEqual([...together[i]!.tokens]);
    expect([...alone!.logps]).toEqual([...together[i]!.logps]);
  });
});

it('saves what it would save from the CPU', () => {
  const folder = mkdtempSync(join(tmpdir(), 'anacrusis-lm-device-'));
  try {
    using model = modelOn(cuda);
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    model.save(first);
    using loaded = Qwen3Model.load(first, { device: cuda });
    expect(loaded.device).toBe(cuda);
    loaded.save(second);
    const bytes = (path: string): Buffer => readFileSync(join(path, 'model.safetensors'));
    expect(bytes(second).equals(bytes(first))).toBe(true);
    using here = modelOn('cpu');
    here.save(join(folder, 'cpu'));
    expect(bytes(join(folder, 'cpu')).equals(bytes(first))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
