import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError, readSafetensors, type NamedArray } from '@anacrusis/tensor';
import { parseQwen3Config, type Qwen3Config } from './config.js';
import { isStoredDtype, widen, type StoredDtype } from './float16.js';
import { EMBEDDING, HEAD, parameterShapes } from './parameter-shapes.js';
import { readBytes, readJsonObject } from './read-file.js';

export const CONFIG_FILE = 'config.json';
const SINGLE_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

/** Files beside the weights that are kept byte for byte where they exist. */
const COMPANION_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
  'generation_config.json',
];

const MAX_CONFIG_BYTES = 1 << 20;
const MAX_INDEX_BYTES = 1 << 26;
const MAX_COMPANION_BYTES = 1 << 28;

/** How the weights lie in files. */
export interface CheckpointLayout {
  files: { name: string; tensors: string[]; metadata: Record<string, string> }[];
  /** Stored type of every tensor. */
  dtypes: Map<string, StoredDtype>;
  /** What the index says apart from `weight_map`; null: one file without an index. */
  index: Record<string, unknown> | null;
}

export interface Checkpoint {
  config: Qwen3Config;
  /** f32 values of every parameter. */
  values: Map<string, Float32Array>;
  layout: CheckpointLayout;
  companions: Map<string, Uint8Array>;
}

/**
 * Reads a Hugging Face folder: `config.json`, and `model.safetensors` or the shards of
 * `model.safetensors.index.json`. Weights of F32, BF16 and F16 become f32.
 * @throws CheckpointError naming the file and the reason
 */
export function readCheckpoint(folder: string): Checkpoint {
  const configFile = join(folder, CONFIG_FILE);
  const config = parseQwen3Config(readJsonObject(configFile, MAX_CONFIG_BYTES), configFile);
  const index = existsSync(join(folder, SINGLE_FILE)) ? null : readIndex(join(folder, INDEX_FILE));
  const layout: CheckpointLayout = { files: [], dtypes: new Map(), index: index?.rest ?? null };
  const values = new Map<string, Float32Array>();
  const wanted = parameterShapes(config);
  // Published tied checkpoints carry a copy of the embedding as the head.
  if (config.tieWordEmbeddings) wanted.set(HEAD, wanted.get(EMBEDDING)!);
  for (const name of index?.files.keys() ?? [SINGLE_FILE]) {
    const file = join(folder, name);
    const { tensors, metadata } = readSafetensors(file);
    if (index) checkShard(file, name, tensors, index);
    for (const [tensor, stored] of tensors) {
      checkTensor(file, tensor, stored, wanted);
      values.set(tensor, widen(stored));
      layout.dtypes.set(tensor, stored.dtype as StoredDtype);
    }
    layout.files.push({ name, tensors: [...tensors.keys()], metadata });
  }
  checkComplete(config, folder, wanted, values);
  return { config, values, layout, companions: readCompanions(folder) };
}

interface Index {
  /** Shards in the order of their names, with the tensors they are to hold. */
  files: Map<string, Set<string>>;
  rest: Record<string, unknown>;
}

function readIndex(path: string): Index {
  if (!existsSync(path)) {
    throw new CheckpointError('notFound', path, `neither ${SINGLE_FILE} nor ${INDEX_FILE} exists`);
  }
  const { weight_map: map, ...rest } = readJsonObject(path, MAX_INDEX_BYTES);
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new CheckpointError('corrupt', path, 'weight_map: expected an object');
  }
  const files = new Map<string, Set<string>>();
  for (const [tensor, shard] of Object.entries(map).sort(byShard)) {
    if (typeof shard !== 'string' || !/^[\w][\w.-]*\.safetensors$/.test(shard)) {
      const reason = `weight_map: ${JSON.stringify(shard)} is not the plain name of a shard`;
      throw new CheckpointError('path', path, reason);
    }
    const tensors = files.get(shard) ?? new Set();
    files.set(shard, tensors.add(tensor));
  }
  return { files, rest };
}

function byShard([, a]: [string, unknown], [, b]: [string, unknown]): number {
  return String(a) < String(b) ? -1 : Number(a !== b);
}

function checkShard(
  file: string,
  name: string,
  tensors: ReadonlyMap<string, NamedArray>,
  { files }: Index,
): void {
  const promised = files.get(name)!;
  for (const tensor of tensors.keys()) {
    if (promised.has(tensor)) continue;
    const elsewhere = [...files].find(([, names]) => names.has(tensor))?.[0];
    const reason = elsewhere ? `the index has it in ${elsewhere}` : 'not in the index';
    throw new CheckpointError('corrupt', file, `tensor ${tensor}: ${reason}`);
  }
  for (const tensor of promised) {
    if (tensors.has(tensor)) continue;
    throw new CheckpointError('incomplete', file, `tensor ${tensor}: missing, though in the index`);
  }
}

function checkTensor(
  file: string,
  name: string,
  { shape, dtype }: NamedArray,
  wanted: ReadonlyMap<string, number[]>,
): void {
  const refuse = (reason: string): never => {
    throw new CheckpointError('corrupt', file, `tensor ${name}: ${reason}`);
  };
  const expected = wanted.get(name);
  if (!expected) return refuse('not a parameter of this model');
  if (expected.length !== shape.length || expected.some((size, i) => size !== shape[i])) {
    refuse(`expected shape [${expected.join(', ')}], received [${shape.join(', ')}]`);
  }
  if (!isStoredDtype(dtype)) refuse(`expected F32, BF16 or F16, received ${dtype}`);
}

function checkComplete(
  config: Qwen3Config,
  folder: string,
  wanted: Map<string, number[]>,
  values: Map<string, Float32Array>,
): void {
  const head = values.get(HEAD);
  if (config.tieWordEmbeddings) wanted.delete(HEAD);
  for (const name of wanted.keys()) {
    if (values.has(name)) continue;
    throw new CheckpointError('incomplete', folder, `tensor ${name}: missing`);
  }
  if (!config.tieWordEmbeddings || !head) return;
  const bits = (array: Float32Array): Buffer => Buffer.from(array.buffer);
  if (!bits(head).equals(bits(values.get(EMBEDDING)!))) {
    const reason = `tensor ${HEAD}: differs from ${EMBEDDING}, although config.json ties them`;
    throw new CheckpointError('corrupt', folder, reason);
  }
  values.delete(HEAD);
}

function readCompanions(folder: string): Map<string, Uint8Array> {
  const present = COMPANION_FILES.filter((name) => existsSync(join(folder, name)));
  return new Map(
    present.map((name) => [name, readBytes(join(folder, name), MAX_COMPANION_BYTES)] as const),
  );
}
