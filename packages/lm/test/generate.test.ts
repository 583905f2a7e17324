// Expected log-probabilities: the training forward pass, whose logits are compared with transformers in
// model.test.ts. Everything else here is an identity: the same bits however requests are batched.
import { generate, Generator, Qwen3Model, type GenerationRequest } from '@anacrusis/lm';
import { noGrad, tensor, tokenLogProbs } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';
import { goldenFolder } from './golden.js';

const model = Qwen3Model.load(goldenFolder('sharded')); // 6 heads on 2, head size 10, untied head
const V = model.config.vocabSize;

/** Prompts of 1 to 23 tokens, some of them equal, with limits of 1 to 17 tokens. */
function requests(count: number): GenerationRequest[] {
  return Array.from({ length: count }, (_, i) => {
    const problem = i % 5 === 0 ? 7 : i;
    const prompt = Int32Array.from(
      { length: 1 + ((problem * 11) % 23) },
      (_, t) => (problem * 31 + t * 17) % V,
    );
    return { prompt, maxNewTokens: 1 + ((i * 5) % 17), stop: [3, 50], seedStream: 100 + i };
  });
}

const all = requests(29);
const options = { seed: 9, temperature: 1.3 };
const reference = generate(model, all, { ...options, slots: 29, rowBudget: 1000 });

describe('a response has the same bits', () => {
  it('alone', () => {
    all.forEach((request, i) => {
      const [alone] = generate(model, [request], options);
      expect(alone).toEqual({ ...reference[i], id: 0 });
    });
  });

  it.each([
    [1, 1],
    [3, 3],
    [4, 9],
    [7, 64],
    [29, 29],
    [64, 512],
  ])('in %i slots with %i rows', (slots, rowBudget) => {
    const responses = generate(model, all, { ...options, slots, rowBudget });
    expect(responses).toEqual(reference);
  });

  it('in any order', () => {
    const order = all.map((_, i) => (i * 12) % all.length);
    const shuffled = order.map((i) => all[i]!);
    const responses = generate(model, shuffled, { ...options, slots: 5 });
    responses.forEach((response, i) => {
      expect({ ...response, id: order[i] }).toEqual(reference[order[i]!]);
    });
  });

  it('when requests arrive while others run', () => {
    const generator = new Generator(model, { ...options, maxLength: 40, slots: 3 });
    const got = new Map<number | string, unknown>();
    let next = 0;
    while (next < all.length || generator.active > 0) {
      if (next < all.length) generator.submit({ ...all[next]!, id: next++ });
      for (const response of generator.step()) got.set(response.id, response);
    }
    expect(all.map((_, i) => got.get(i))).toEqual(reference);
  });
});

describe('responses', () => {
  it('carry the log-probabilities of the training pass', () => {
    const responses = reference;
    const rows = responses.map(({ tokens }, i) => [...all[i]!.prompt, ...tokens]);
    const ids = tensor(Int32Array.from(rows.flat()));
    const ends = rows.map(
      (
        (sum) => (row) =>
          (sum += row.length)
      )(0),
    );
    const offsets = tensor(Int32Array.of(0, ...ends));
    const sampled = rows.flatMap((row, i) => {
      const prompt = all[i]!.prompt.length;
      return row.slice(prompt).map((_, t) => (ends[i - 1] ?? 0) + prompt + t - 1);
    });
    const logps = noGrad(() => {
      const { logits } = model.forward({ ids, offsets, rows: tensor(Int32Array.from(sampled)) });
      const targets = tensor(Int32Array.from(responses.flatMap(({ tokens }) => [...tokens])));
      return tokenLogProbs({ logits, targets, temperature: options.temperature }).logp.f32;
    });
    const got = responses.flatMap((response) => [...response.logps]);
    expect(got.length).toBeGreaterThan(100);
    got.forEach((logp, i) => expect(Math.abs(logp - logps[i]!)).toBeLessThan(1e-4));
  });

  it('end where they should', () => {
    const finishes = new Set(reference.map(({ finish }) => finish));
    expect(finishes).toEqual(new Set(['stop', 'length']));
    reference.forEach(({ tokens, logps, finish }, i) => {
      const stops = [...tokens].map((token) => token === 3 || token === 50);
      expect(stops.slice(0, -1)).not.toContain(true);
      expect(finish).toBe(stops.at(-1) ? 'stop' : 'length');
      if (finish === 'length') expect(tokens.length).toBe(all[i]!.maxNewTokens);
      expect(logps.length).toBe(tokens.length);
    });
  });

  it('differ by stream and by seed', () => {
    const request = { prompt: Int32Array.of(5, 6), maxNewTokens: 12, seedStream: 1 };
    const one = (stream: number, seed: number): number[] => [
      ...generate(model, [{ ...request, seedStream: stream }], { seed })[0]!.tokens,
    ];
    expect(one(1, 0)).toEqual(one(1, 0));
    expect(one(2, 0)).not.toEqual(one(1, 0));
    expect(one(1, 1)).not.toEqual(one(1, 0));
  });

  it('are the likeliest tokens when greedy', () => {
    const prompt = Int32Array.of(7, 8, 9);
    const responses = generate(model, [{ prompt, maxNewTokens: 9, seedStream: 0 }], {
      greedy: true,
    });
    const ids = Int32Array.of(...prompt, ...responses[0]!.tokens);
    const offsets = tensor(Int32Array.of(0, ids.length));
    const logits = noGrad(() => model.forward({ ids: tensor(ids), offsets }).logits.f32);
    for (let t = prompt.length; t < ids.length; t++) {
      const row = logits.subarray((t - 1) * V, t * V);
      expect(row.indexOf(Math.max(...row))).toBe(ids[t]);
    }
  });

  it('follow the distribution of the model', () => {
    // 4,000 first tokens against the probabilities of the training pass; chi-square over the tokens
    // expected at least 8 times, whose 99.9 % point is below k + 4 sqrt(2 k).
    const prompt = Int32Array.of(11, 12, 13);
    const many = Array.from({ length: 4000 }, (_, i) => ({
      prompt,
      maxNewTokens: 1,
      seedStream: i,
    }));
    const counts = new Float64Array(V);
    for (const { tokens } of generate(model, many)) counts[tokens[0]!]!++;
    const input = { ids: tensor(prompt), offsets: tensor(Int32Array.of(0, 3)) };
    const logits = noGrad(
      () => model.forward({ ...input, rows: tensor(Int32Array.of(2)) }).logits.f32,
    );
    const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
    let [statistic, bins] = [0, 0];
    logits.forEach((x, token) => {
      const want = (4000 * Math.exp(x)) / total;
      if (want < 8) return;
      statistic += (counts[token]! - want) ** 2 / want;
      bins++;
    });
    expect(bins).toBeGreaterThan(10);
    expect(statistic).toBeLessThan(bins + 4 * Math.sqrt(2 * bins));
  });

  it('keep the ids of their requests, and report progress and tokens', () => {
    const named = all.slice(0, 6).map((request, i) => ({ ...request, id: `r${i}` }));
    const progress: number[] = [];
    const streamed = new Map<number | string, number[]>();
    const responses = generate(model, named, {
      ...options,
      slots: 2,
      onProgress: ({ finished, tokens }) => progress.push(finished * 1000 + tokens),
      onToken: (id, token) => streamed.set(id, [...(streamed.get(id) ?? []), token]),
    });
    expect(responses.map(({ id }) => id)).toEqual(named.map(({ id }) => id));
    for (const { id, tokens } of responses) expect(streamed.get(id)).toEqual([...tokens]);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(6000 + responses.reduce((n, { tokens }) => n + tokens.length, 0));
  });

  it('are none for no requests', () => {
    expect(generate(model, [])).toEqual([]);
    expect(new Generator(model, { maxLength: 4, slots: 2 }).step()).toEqual([]);
  });
});

describe('bad requests', () => {
  const good = { prompt: Int32Array.of(1, 2), maxNewTokens: 3, seedStream: 0 };
  it.each<[string, object, object]>([
    ['prompt', { prompt: new Int32Array() }, {}],
    ['prompt', { prompt: [1, 2] }, {}],
    ['prompt[1]', { prompt: Int32Array.of(1, V) }, {}],
    ['prompt[0]', { prompt: Int32Array.of(-1) }, {}],
    ['maxNewTokens', { maxNewTokens: 0 }, {}],
    ['maxNewTokens', { maxNewTokens: 2.5 }, {}],
    ['seedStream', { seedStream: -1 }, {}],
    ['slots', {}, { slots: 0 }],
    ['rowBudget', {}, { slots: 4, rowBudget: 3 }],
    ['temperature', {}, { temperature: 0 }],
    ['temperature', {}, { temperature: NaN }],
    ['seed', {}, { seed: 1.5 }],
  ])('refuses %s in %j %j', (parameter, request, settings) => {
    const bad = { ...good, ...request } as GenerationRequest;
    expect(() => generate(model, [bad], settings)).toThrow(expect.objectContaining({ parameter }));
  });

  it('refuses what is longer than the cache', () => {
    const generator = new Generator(model, { maxLength: 4, slots: 1 });
    expect(() => generator.submit(good)).toThrow(/maxLength.*>= 5.*4/);
    generator.submit({ ...good, maxNewTokens: 2 });
    expect(generator.active).toBe(1);
  });
});
