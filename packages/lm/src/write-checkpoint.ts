import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  CheckpointError,
  makeFolder,
  writeSafetensorsFile,
  type NamedArray,
} from '@anacrusis/tensor';
import { narrow, type StoredDtype } from './float16.js';
import { EMBEDDING, HEAD, parameterShapes } from './parameter-shapes.js';
import {
  CONFIG_FILE,
  INDEX_FILE,
  type Checkpoint,
  type CheckpointLayout,
} from './read-checkpoint.js';
import { writeWhole } from './read-file.js';

/** The layout of a model that comes from no checkpoint: one file. */
export function singleFile(names: Iterable<string>): CheckpointLayout {
  const tensors = [...names];
  return {
    files: [{ name: 'model.safetensors', tensors, metadata: { format: 'pt' } }],
    dtypes: new Map(tensors.map((name) => [name, 'F32'])),
    index: null,
  };
}

/** The same files with every tensor in another type. */
export function withDtype(checkpoint: Checkpoint, dtype: StoredDtype): Checkpoint {
  const { config, values, layout } = checkpoint;
  const name = { F32: 'float32', BF16: 'bfloat16', F16: 'float16' }[dtype];
  const json: Record<string, unknown> = { ...config.json };
  for (const key of ['dtype', 'torch_dtype']) if (Object.hasOwn(json, key)) json[key] = name;
  const tensors = [...layout.dtypes.keys()];
  const size = (tensor: string): number => (values.get(tensor) ?? values.get(EMBEDDING)!).length;
  const total_size =
    tensors.reduce((sum, tensor) => sum + size(tensor), 0) * (dtype === 'F32' ? 4 : 2);
  const metadata = { ...(layout.index?.['metadata'] as object | undefined), total_size };
  const index = layout.index && { ...layout.index, metadata };
  const dtypes = new Map(tensors.map((tensor) => [tensor, dtype] as const));
  return { ...checkpoint, config: { ...config, json }, layout: { ...layout, dtypes, index } };
}

/**
 * Writes a Hugging Face folder in the layout that the checkpoint has. Every file appears complete,
 * and config.json last: a folder without it is one whose writing was cut short.
 * @throws CheckpointError (`exists`) when the folder holds a checkpoint already, or what the file
 *   system answers
 */
export function writeCheckpoint(folder: string, checkpoint: Checkpoint): void {
  const { config, values, layout, companions } = checkpoint;
  refuseToOverwrite(folder, [...companions.keys()]);
  const shapes = parameterShapes(config);
  for (const { name: file, tensors, metadata } of layout.files) {
    const stored = new Map<string, NamedArray>();
    for (const name of tensors) {
      const source = name === HEAD && config.tieWordEmbeddings ? EMBEDDING : name;
      const dtype = layout.dtypes.get(name)!;
      stored.set(name, narrow(values.get(source)!, shapes.get(source)!, dtype));
    }
    writeSafetensorsFile(join(folder, file), stored, { metadata });
  }
  if (layout.index) writeWhole(join(folder, INDEX_FILE), indexText(layout));
  for (const [name, content] of companions) writeWhole(join(folder, name), content);
  writeWhole(join(folder, CONFIG_FILE), `${JSON.stringify(config.json, null, 2)}\n`);
}

function indexText({ files, index }: CheckpointLayout): string {
  const entries = files.flatMap(({ name, tensors }) => tensors.map((tensor) => [tensor, name]));
  const map = Object.fromEntries(entries.sort(([a], [b]) => (a! < b! ? -1 : 1)));
  return `${JSON.stringify({ ...index, weight_map: map }, null, 2)}\n`;
}

function refuseToOverwrite(folder: string, companions: string[]): void {
  let present: string[];
  try {
    makeFolder(folder);
    present = readdirSync(folder);
  } catch (error) {
    throw CheckpointError.from(error, folder);
  }
  const own = new Set([CONFIG_FILE, INDEX_FILE, ...companions]);
  const obstacle = present.find((name) => own.has(name) || name.endsWith('.safetensors'));
  if (obstacle !== undefined) {
    throw new CheckpointError('exists', join(folder, obstacle), 'would be overwritten');
  }
}
