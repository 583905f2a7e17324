import { loadTokenizer, Qwen3Model, type Tokenizer } from '@anacrusis/lm';
import { latestCheckpoint, listCheckpoints, readConfig, type Checkpoint } from '@anacrusis/run';
import { CheckpointError, typedArrayOf } from '@anacrusis/tensor';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface OpenedModel {
  /** As it was asked for. */
  path: string;
  model: Qwen3Model;
  tokenizer: Tokenizer;
}

/**
 * Opens a Hugging Face folder, or the state that a run came to: its last whole checkpoint.
 * @throws CheckpointError, ConfigError naming the file and the reason
 */
export function openModel(path: string): OpenedModel {
  const isRun = listCheckpoints(path).length > 0 || existsSync(join(path, 'model'));
  const folder = isRun ? folderOfRun(path) : path;
  const model = Qwen3Model.load(folder);
  const { checkpoint } = isRun ? latestCheckpoint(path) : {};
  if (checkpoint) takeParameters(model, checkpoint);
  return { path, model, tokenizer: loadTokenizer(folder) };
}

/** Where a run's model has its configuration and tokenizer. */
function folderOfRun(path: string): string {
  const own = join(path, 'model');
  if (existsSync(own)) return own;
  const { model } = readConfig(path).config;
  if (typeof model === 'string') return model;
  throw new CheckpointError('incomplete', path, 'this run has not saved a model yet');
}

function takeParameters(model: Qwen3Model, { tensors, path }: Checkpoint): void {
  for (const [name, parameter] of model.parameters()) {
    const stored = tensors.get(`model.${name}`);
    const values = stored?.dtype === 'F32' ? typedArrayOf(stored) : undefined;
    if (values?.length !== parameter.size) {
      const reason = `holds no tensor model.${name} of ${parameter.size} float32 elements`;
      throw new CheckpointError('invalid', path, reason);
    }
    parameter.write(values as Float32Array);
  }
}
