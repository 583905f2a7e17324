import type { Qwen3Model } from '@anacrusis/lm';
import type { Checkpoint, CheckpointContent, Json } from '@anacrusis/run';
import {
  CheckpointError,
  namedArray,
  typedArrayOf,
  type AdamW,
  type NamedArray,
} from '@anacrusis/tensor';

/** Parameters and optimiser as a checkpoint holds them, with the trainer's own state. */
export function packState(model: Qwen3Model, optimizer: AdamW, state: Json): CheckpointContent {
  const tensors = new Map<string, NamedArray>();
  for (const [name, parameter] of model.parameters()) {
    const values = parameter.device === 'cpu' ? parameter.f32 : parameter.read();
    tensors.set(`model.${name}`, namedArray(values, [...parameter.shape]));
  }
  const { step, moments } = optimizer.state();
  for (const [name, { m, v }] of moments) {
    tensors.set(`adamw.m.${name}`, namedArray(m));
    tensors.set(`adamw.v.${name}`, namedArray(v));
  }
  return { tensors, state: { optimizerSteps: step, trainer: state } };
}

/**
 * Puts a checkpoint back into a model of the same shape and its optimiser; returns the trainer's state.
 * @throws CheckpointError when a tensor is missing or of another size; the model is then as it was.
 */
export function restoreState(checkpoint: Checkpoint, model: Qwen3Model, optimizer: AdamW): Json {
  const take = (name: string, size: number): Float32Array => {
    const named = checkpoint.tensors.get(name);
    const data = named?.dtype === 'F32' ? (typedArrayOf(named) as Float32Array) : undefined;
    if (data?.length === size) return data;
    const reason = `holds no tensor ${name} of ${size} float32 elements`;
    throw new CheckpointError('invalid', checkpoint.path, reason);
  };
  const parameters = [...model.parameters()];
  const values = parameters.map(([name, { size }]) => take(`model.${name}`, size));
  const moments = parameters.map(([name, { size }]) => {
    const pair = { m: take(`adamw.m.${name}`, size), v: take(`adamw.v.${name}`, size) };
    return [name, pair] as const;
  });
  const state = checkpoint.state as { optimizerSteps: number; trainer: Json };
  optimizer.load({ step: state.optimizerSteps, moments: new Map(moments) });
  parameters.forEach(([, parameter], i) => parameter.write(values[i]!));
  return state.trainer;
}
