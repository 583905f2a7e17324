import { ArgumentError } from '@anacrusis/native';
import {
  embedding,
  expectTensor,
  keep,
  linear,
  rmsNorm,
  rotaryTable,
  tensor,
  type DeviceName,
  type OnDevice,
  type RotaryTable,
  type Tensor,
} from '@anacrusis/tensor';
import type { Qwen3Config } from './config.js';
import { decoderLayer, layerOf, type AttentionTap, type DecoderLayer } from './decoder-layer.js';
import type { StoredDtype } from './float16.js';
import { EMBEDDING, FINAL_NORM, HEAD, parameterShapes } from './parameter-shapes.js';
import { randomParameters, type InitOptions } from './random-parameters.js';
import { readCheckpoint, type CheckpointLayout } from './read-checkpoint.js';
import { sequencePositions } from './sequence-positions.js';
import { singleFile, withDtype, writeCheckpoint } from './write-checkpoint.js';

export interface ForwardInput {
  /** [T] i32: the sequences one after another; comes to the model's device when it is elsewhere */
  ids: Tensor;
  /** [S + 1] i32, on the CPU: sequence s holds ids offsets[s] to offsets[s+1] - 1; its positions start at 0 */
  offsets: Tensor;
  /** [N] i32, as ids: the rows whose logits are wanted; all when left out */
  rows?: Tensor;
  /** Layers whose queries, keys and row log-sum-exp are wanted. */
  taps?: { layers: readonly number[] };
}

export interface ForwardOutput {
  /** [T, V], or [N, V] with `rows` */
  logits: Tensor;
  taps: Map<number, AttentionTap>;
}

/** The Qwen3 architecture (2505.09388), with the names and the arithmetic of `transformers`. */
export class Qwen3Model {
  readonly config: Qwen3Config;
  /** Where the parameters are, and all that is computed. */
  readonly device: DeviceName;
  /** Files that are saved beside the weights, byte for byte: `tokenizer.json` and the like. */
  readonly companions: Map<string, Uint8Array>;
  readonly #parameters: Map<string, Tensor>;
  readonly #layers: DecoderLayer[];
  readonly #layout: CheckpointLayout;
  /** Smaller tables stay: the tape may hold them. */
  readonly #rotary: RotaryTable[] = [];

  private constructor(
    config: Qwen3Config,
    parameters: Map<string, Tensor>,
    layout: CheckpointLayout,
    companions: Map<string, Uint8Array>,
  ) {
    this.config = config;
    this.device = parameters.get(EMBEDDING)!.device;
    this.companions = companions;
    this.#parameters = parameters;
    this.#layout = layout;
    this.#layers = Array.from({ length: config.numHiddenLayers }, (_, i) => layerOf(parameters, i));
    for (const parameter of parameters.values()) parameter.requiresGrad = true;
  }

  /**
   * Loads a Hugging Face folder.
   * @throws ConfigError, CheckpointError naming the file and the reason; DeviceError
   */
  static load(folder: string, { device = 'cpu' }: OnDevice = {}): Qwen3Model {
    const { config, values, layout, companions } = readCheckpoint(folder);
    const named = [...parameterShapes(config)].map(
      ([name, shape]) => [name, keep(tensor(values.get(name)!, shape, { device }))] as const,
    );
    return new Qwen3Model(config, new Map(named), layout, companions);
  }

  /** A model with random weights; the same seed gives the same bits, on every device. */
  static random(
    config: Qwen3Config,
    seed: number,
    { device = 'cpu', ...init }: InitOptions & OnDevice = {},
  ): Qwen3Model {
    const parameters = randomParameters(config, seed, init);
    for (const [name, parameter] of parameters) {
      const there = keep(parameter.to(device));
      if (there !== parameter) parameter.dispose();
      parameters.set(name, there);
    }
    return new Qwen3Model(config, parameters, singleFile(parameters.keys()), new Map());
  }

  /** The parameters by their Hugging Face names; matrices are [out, in]. A tied head has none. */
  parameters(): Map<string, Tensor> {
    return new Map(this.#parameters);
  }

  /** Logits of packed sequences of any lengths, on the tape. */
  forward({ ids, offsets, rows, taps }: ForwardInput): ForwardOutput {
    expectTensor('forward', 'ids', ids, 'i32', [null]);
    expectTensor('forward', 'offsets', offsets, 'i32', [null]);
    const wanted = this.#checkedTaps(taps?.layers ?? []);
    const { device } = this;
    const { positions, longest } = sequencePositions(offsets.i32, ids.size);
    const context = {
      config: this.config,
      rotary: this.rotary(longest),
      positions: tensor(positions, [ids.size], { device }),
      offsets,
    };
    const tapped: ForwardOutput['taps'] = new Map();
    let x = embedding(this.#parameters.get(EMBEDDING)!, ids.to(device));
    this.#layers.forEach((layer, i) => {
      const { y, tap } = decoderLayer(x, layer, context);
      if (wanted.has(i)) tapped.set(i, tap);
      x = y;
    });
    if (rows) x = embedding(x, rows.to(device));
    x = rmsNorm(x, this.#parameters.get(FINAL_NORM)!, this.config.rmsNormEps);
    const head = this.#parameters.get(HEAD) ?? this.#parameters.get(EMBEDDING)!;
    return { logits: linear(x, head), taps: tapped };
  }

  /** The rotary table, for at least `positions` positions. */
  rotary(positions: number): RotaryTable {
    const last = this.#rotary.at(-1);
    if (last && last.cos.shape[0]! >= positions) return last;
    const size = 2 ** Math.ceil(Math.log2(Math.max(positions, 64)));
    const { cos, sin } = rotaryTable(size, this.config.headDim, this.config.ropeTheta, this);
    const table = { cos: keep(cos), sin: keep(sin) };
    this.#rotary.push(table);
    return table;
  }

  /**
   * Writes a Hugging Face folder: the same files and stored types as the one that was loaded.
   * @param options.dtype another type for all weights (rounded to nearest, ties to even)
   * @throws CheckpointError (`exists`) when the folder holds a checkpoint already
   */
  save(folder: string, { dtype }: { dtype?: StoredDtype } = {}): void {
    const valuesOf = (parameter: Tensor): Float32Array =>
      (parameter.device === 'cpu' ? parameter.data : parameter.read()) as Float32Array;
    const values = new Map([...this.#parameters].map(([name, p]) => [name, valuesOf(p)] as const));
    const { config, companions } = this;
    const checkpoint = { config, values, layout: this.#layout, companions };
    writeCheckpoint(folder, dtype ? withDtype(checkpoint, dtype) : checkpoint);
  }

  /** Frees the parameters and their gradients. */
  dispose(): void {
    for (const parameter of this.#parameters.values()) parameter.dispose();
    for (const { cos, sin } of this.#rotary.splice(0)) {
      cos.dispose();
      sin.dispose();
    }
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkedTaps(layers: readonly number[]): Set<number> {
    for (const layer of layers) {
      if (Number.isInteger(layer) && layer >= 0 && layer < this.#layers.length) continue;
      const expected = `layers in 0..${this.#layers.length - 1}`;
      const details = { op: 'forward', parameter: 'taps', expected, received: String(layer) };
      throw new ArgumentError({ code: 'ERR_RANGE', ...details });
    }
    return new Set(layers);
  }
}
