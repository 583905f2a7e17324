import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readSafetensors, typedArrayOf } from '@anacrusis/tensor';

/** Folders made by golden/make.py with transformers.Qwen3ForCausalLM. */
export const GOLDENS = ['tied-gqa', 'untied-one-kv-head', 'bf16', 'sharded'];

export const goldenFolder = (name: string): string =>
  fileURLToPath(new URL(`golden/${name}`, import.meta.url));

export interface Golden {
  ids: Int32Array;
  offsets: Int32Array;
  logits: Float32Array;
  /** By parameter name. */
  grads: Map<string, Float32Array>;
  loss: number;
}

export function readGolden(name: string): Golden {
  const folder = goldenFolder(name);
  const { tensors } = readSafetensors(`${folder}/golden.safetensors`);
  const arrays = new Map([...tensors].map(([key, stored]) => [key, typedArrayOf(stored)] as const));
  const grads = [...arrays].filter(([key]) => key.startsWith('grad.'));
  const { loss } = JSON.parse(readFileSync(`${folder}/golden.json`, 'utf8')) as { loss: number };
  return {
    ids: arrays.get('input_ids') as Int32Array,
    offsets: arrays.get('seq_starts') as Int32Array,
    logits: arrays.get('logits') as Float32Array,
    grads: new Map(grads.map(([key, array]) => [key.slice(5), array as Float32Array])),
    loss,
  };
}

/** Largest absolute error over the largest absolute value of the tensor. */
export function relativeError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  let [error, largest] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs(got[i]! - want[i]!);
    if (!(difference <= error)) error = difference;
    largest = Math.max(largest, Math.abs(want[i]!));
  }
  return got.length === want.length ? error / largest : Infinity;
}
