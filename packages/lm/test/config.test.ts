import { readFileSync } from 'node:fs';
import { ConfigError, parseQwen3Config, qwen3Config } from '@anacrusis/lm';
import { expect, it } from 'vitest';
import { goldenFolder } from './golden.js';

const read = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(`${goldenFolder(name)}/config.json`, 'utf8')) as Record<string, unknown>;

const published = read('untied-one-kv-head'); // top-level rope_theta, torch_dtype
const recent = read('tied-gqa'); // rope_parameters, dtype, layer_types

it('reads the layout of the published models and that of transformers 5', () => {
  expect(parseQwen3Config(published)).toMatchObject({
    ...{ vocabSize: 53, hiddenSize: 36, intermediateSize: 58, numHiddenLayers: 2, headDim: 16 },
    ...{ numAttentionHeads: 3, numKeyValueHeads: 1, rmsNormEps: 0.01, ropeTheta: 1e6 },
    ...{ tieWordEmbeddings: false, maxPositionEmbeddings: 64 },
  });
  expect(parseQwen3Config(recent)).toMatchObject({ ropeTheta: 10_000, tieWordEmbeddings: true });
  expect(parseQwen3Config(recent).json).toEqual(recent);
});

it('fills absent keys as transformers does', () => {
  const { head_dim: _d, rms_norm_eps: _e, tie_word_embeddings: _t, ...rest } = published;
  const { rope_theta: _r, ...bare } = rest;
  expect(parseQwen3Config(bare)).toMatchObject({
    ...{ headDim: 128, rmsNormEps: 1e-6, tieWordEmbeddings: false, ropeTheta: 10_000 },
  });
  expect(parseQwen3Config({ ...published, num_key_value_heads: null }).numKeyValueHeads).toBe(3);
});

it('makes a config that it reads back', () => {
  const sizes = {
    ...{ vocabSize: 41, hiddenSize: 30, intermediateSize: 70, numHiddenLayers: 3, headDim: 10 },
    ...{ numAttentionHeads: 6, numKeyValueHeads: 2, rmsNormEps: 1e-5, ropeTheta: 5e4 },
    ...{ tieWordEmbeddings: true, maxPositionEmbeddings: 99 },
  };
  const { json } = qwen3Config(sizes);
  expect(parseQwen3Config(JSON.parse(JSON.stringify(json)))).toMatchObject(sizes);
});

it.each<[string, unknown, string]>([
  ['model_type', 'llama', 'version'],
  ['model_type', 'qwen3_moe', 'version'],
  ['attention_bias', true, 'version'],
  ['use_sliding_window', true, 'version'],
  ['hidden_act', 'gelu', 'version'],
  ['attention_dropout', 0.1, 'version'],
  ['num_experts', 8, 'version'],
  ['quantization_config', { bits: 4 }, 'version'],
  ['torch_dtype', 'float8_e4m3fn', 'version'],
  ['architectures', ['Qwen3ForSequenceClassification'], 'version'],
  ['layer_types', ['full_attention', 'sliding_attention'], 'version'],
  ['layer_types', ['full_attention'], 'corrupt'],
  ['vocab_size', 0, 'corrupt'],
  ['hidden_size', '36', 'corrupt'],
  ['hidden_size', undefined, 'corrupt'],
  ['num_hidden_layers', 1.5, 'corrupt'],
  ['num_key_value_heads', 2, 'corrupt'],
  ['head_dim', 15, 'corrupt'],
  ['rms_norm_eps', -1e-6, 'corrupt'],
  ['rope_theta', 0.5, 'corrupt'],
  ['tie_word_embeddings', 'yes', 'corrupt'],
])('refuses %s = %j', (key, value, code) => {
  const attempt = (): unknown =>
    parseQwen3Config({ ...published, [key]: value }, 'here/config.json');
  expect(attempt).toThrow(ConfigError);
  expect(attempt).toThrow(
    expect.objectContaining({ code, key, file: 'here/config.json', expected: expect.any(String) }),
  );
});

it.each([
  [{ rope_scaling: { rope_type: 'yarn', factor: 4 } }, 'rope_scaling.rope_type'],
  [{ rope_scaling: { type: 'linear', factor: 2 } }, 'rope_scaling.rope_type'],
  [{ rope_parameters: { rope_type: 'llama3', rope_theta: 1e6 } }, 'rope_parameters.rope_type'],
  [{ rope_parameters: { partial_rotary_factor: 0.5 } }, 'rope_parameters.partial_rotary_factor'],
  [{ rope_parameters: { rope_theta: 1e5 } }, 'rope_theta'],
  [{ rope_parameters: [1] }, 'rope_parameters'],
])('refuses %j', (change, key) => {
  expect(() => parseQwen3Config({ ...published, ...change })).toThrow(
    expect.objectContaining({ key }),
  );
});

it.each([null, 7, 'x', []])('refuses %j for a config', (value) => {
  expect(() => parseQwen3Config(value)).toThrow(ConfigError);
});
