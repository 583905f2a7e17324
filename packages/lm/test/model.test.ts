// Expected logits and gradients: golden files that transformers.Qwen3ForCausalLM (eager, float32) made,
// see golden/make.py. Errors are relative to the largest value of their tensor.
import { Qwen3Model } from '@anacrusis/lm';
import { backward, mean, neg, noGrad, scope, tensor, tokenLogProbs } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';
import { GOLDENS, goldenFolder, readGolden, relativeError } from './golden.js';

/** Rows that have a next token, and that token. */
function nextTokens({ ids, offsets }: { ids: Int32Array; offsets: Int32Array }): {
  rows: Int32Array;
  targets: Int32Array;
} {
  const ends = new Set(offsets.subarray(1).map((end) => end - 1));
  const rows = Int32Array.from(ids.keys()).filter((row) => !ends.has(row));
  return { rows, targets: rows.map((row) => ids[row + 1]!) };
}

describe.each(GOLDENS)('%s', (name) => {
  const golden = readGolden(name);
  const ids = tensor(golden.ids);
  const offsets = tensor(golden.offsets);

  it('has the logits of transformers', () => {
    const model = Qwen3Model.load(goldenFolder(name));
    const { logits } = model.forward({ ids, offsets });
    expect(logits.shape).toEqual([golden.ids.length, model.config.vocabSize]);
    expect(relativeError(logits.f32, golden.logits)).toBeLessThan(1e-4);
  });

  it('has the loss and the gradients of transformers', () => {
    const model = Qwen3Model.load(goldenFolder(name));
    const { rows, targets } = nextTokens(golden);
    const { logits } = model.forward({ ids, offsets, rows: tensor(rows) });
    const loss = neg(mean(tokenLogProbs({ logits, targets: tensor(targets) }).logp));
    expect(Math.abs(loss.item() / golden.loss - 1)).toBeLessThan(1e-5);
    backward(loss);
    expect([...model.parameters().keys()].sort()).toEqual([...golden.grads.keys()].sort());
    for (const [parameter, want] of golden.grads) {
      const { grad } = model.parameters().get(parameter)!;
      expect([parameter, relativeError(grad!.f32, want)]).toEqual([
        parameter,
        expect.closeTo(0, 3),
      ]);
      expect(relativeError(grad!.f32, want)).toBeLessThan(1e-3);
    }
  });

  it('gives the same bits for chosen rows as for all', () => {
    const model = Qwen3Model.load(goldenFolder(name));
    const V = model.config.vocabSize;
    const { rows } = nextTokens(golden);
    const all = model.forward({ ids, offsets }).logits.f32;
    const some = model.forward({ ids, offsets, rows: tensor(rows) }).logits.f32;
    rows.forEach((row, i) => {
      expect(some.subarray(i * V, (i + 1) * V)).toEqual(all.subarray(row * V, (row + 1) * V));
    });
  });
});

describe('forward', () => {
  const golden = readGolden('tied-gqa');
  const input = { ids: tensor(golden.ids), offsets: tensor(golden.offsets) };
  const model = Qwen3Model.load(goldenFolder('tied-gqa'));
  const { numAttentionHeads: H, numKeyValueHeads: Hkv, headDim: D } = model.config;
  const T = golden.ids.length;

  it('taps queries, keys and their log-sum-exp, from which the attention can be rebuilt', () => {
    const { taps } = noGrad(() => model.forward({ ...input, taps: { layers: [1] } }));
    expect([...taps.keys()]).toEqual([1]);
    const { q, k, lse } = taps.get(1)!;
    expect([q.shape, k.shape, lse.shape]).toEqual([
      [T, H, D],
      [T, Hkv, D],
      [H, T],
    ]);
    // The last row of the second sequence sees all its positions; softmax definition in float64.
    const [begin, end] = [golden.offsets[1]!, golden.offsets[2]!];
    for (let h = 0; h < H; h++) {
      let total = 0;
      for (let s = begin; s < end; s++) {
        let score = 0;
        for (let d = 0; d < D; d++) {
          const key = k.f32[(s * Hkv + Math.floor((h * Hkv) / H)) * D + d]!;
          score += q.f32[((end - 1) * H + h) * D + d]! * key;
        }
        total += Math.exp(score / Math.sqrt(D));
      }
      expect(lse.f32[h * T + end - 1]).toBeCloseTo(Math.log(total), 4);
    }
  });

  it('keeps sequences apart: the second alone has the same logits', () => {
    const from = golden.offsets[1]!;
    const alone = model.forward({
      ids: tensor(golden.ids.slice(from)),
      offsets: tensor(Int32Array.of(0, T - from)),
    });
    const want = golden.logits.subarray(from * model.config.vocabSize);
    expect(relativeError(alone.logits.f32, want)).toBeLessThan(1e-4);
  });

  it('serves tables of any length to passes that are still on the tape', () => {
    const short = model.forward(input);
    const ids = tensor(new Int32Array(150).fill(3));
    model.forward({ ids, offsets: tensor(Int32Array.of(0, 150)) });
    const before = gradientOf(() => model.forward(input).logits);
    expect(gradientOf(() => short.logits)).toEqual(before);
  });

  it.each([
    ['ids', { ids: tensor(Int32Array.of(0, 61)), offsets: tensor(Int32Array.of(0, 2)) }],
    ['offsets', { ids: input.ids, offsets: tensor(Int32Array.of(0, 7)) }],
    ['offsets', { ids: input.ids, offsets: tensor(Int32Array.of(0, 12, 7, 20)) }],
    ['offsets', { ids: input.ids, offsets: tensor(Int32Array.of(1, 20)) }],
    ['taps', { ...input, taps: { layers: [2] } }],
    ['ids', { ...input, ids: tensor(new Float32Array(20)) }],
    ['ids', { ...input, rows: tensor(Int32Array.of(20)) }],
  ])('refuses bad %s', (parameter, bad) => {
    expect(() => model.forward(bad)).toThrow(
      expect.objectContaining({ parameter: expect.stringContaining(parameter) }),
    );
  });

  function gradientOf(logits: () => ReturnType<typeof model.forward>['logits']): Float32Array {
    const weight = model.parameters().get('model.layers.0.self_attn.q_proj.weight')!;
    weight.grad?.f32.fill(0);
    scope(() => backward(mean(logits())));
    return weight.grad!.f32.slice();
  }
});

describe('random', () => {
  it('has the stated spreads, and the same bits from the same seed', async () => {
    const { qwen3Config } = await import('@anacrusis/lm');
    const config = qwen3Config({
      ...{ vocabSize: 41, hiddenSize: 64, intermediateSize: 192, numHiddenLayers: 3 },
      ...{ numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 32, maxPositionEmbeddings: 128 },
      ...{ rmsNormEps: 1e-6, ropeTheta: 10_000, tieWordEmbeddings: true },
    });
    const model = Qwen3Model.random(config, 5);
    const parameters = model.parameters();
    const total = [...parameters.values()].reduce((sum, { size }) => sum + size, 0);
    expect(total).toBe(187_584); // the figure of the task's specification
    const spread = (name: string): number => {
      const { f32 } = parameters.get(name)!;
      return Math.sqrt(f32.reduce((sum, x) => sum + x * x, 0) / f32.length);
    };
    const near = (name: string, std: number): void => {
      expect(Math.abs(spread(name) / std - 1)).toBeLessThan(0.05); // 4 sigma of the smallest, 2,624
    };
    near('model.embed_tokens.weight', 0.06);
    near('model.layers.2.mlp.up_proj.weight', 1 / Math.sqrt(64));
    near('model.layers.2.mlp.down_proj.weight', 0.1 / Math.sqrt(192));
    near('model.layers.0.self_attn.o_proj.weight', 0.1 / Math.sqrt(128));
    expect(parameters.get('model.norm.weight')!.f32).toEqual(new Float32Array(64).fill(1));
    const again = Qwen3Model.random(config, 5).parameters();
    const other = Qwen3Model.random(config, 6).parameters();
    const name = 'model.layers.1.self_attn.k_proj.weight';
    expect(again.get(name)!.f32).toEqual(parameters.get(name)!.f32);
    expect(other.get(name)!.f32).not.toEqual(parameters.get(name)!.f32);
  });
});
