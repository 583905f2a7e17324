import { opsOn, type AnyOps, type Tensor } from '@anacrusis/tensor';
import { Buffers } from './buffers.js';
import type { Qwen3Config } from './config.js';
import type { Qwen3Model } from './model.js';
import {
  packWeights,
  type PackedLayer,
  type PackedMatrix,
  type PackedWeights,
} from './packed-weights.js';

export interface DecoderSizes {
  /** most rows of one pass */
  rows: number;
  /** sequences that the cache holds */
  slots: number;
  /** C: positions of a sequence that the cache holds */
  capacity: number;
}

/** The buffers of a pass as views of R rows. */
interface Rows {
  x: Tensor;
  h: Tensor;
  qkv: Tensor;
  q: Tensor;
  attended: Tensor;
  gate: Tensor;
  up: Tensor;
  /** 1 / rms of every row; not used. */
  rms: Tensor;
  ids: Tensor;
  slot: Tensor;
  position: Tensor;
  length: Tensor;
  logits: Tensor;
}

/** What is said of every row, in the order in which it is uploaded. */
const INDEX = ['ids', 'slot', 'position', 'length'] as const;

/**
 * The forward pass with a cache of keys and values, on raw ops and preallocated memory of the model's
 * device, without a tape. Every row is one token of one sequence and is computed by itself: its bits do not depend on
 * the rows beside it.
 */
export class Decoder {
  readonly #config: Qwen3Config;
  readonly #sizes: DecoderSizes;
  readonly #ops: AnyOps;
  readonly #buffers: Buffers;
  readonly #weights: PackedWeights;
  readonly #rotary: { P: number; cos: Tensor; sin: Tensor };
  readonly #caches: { k: Tensor; v: Tensor }[];
  /** Tokens, slots, positions and lengths of all rows: [4, rows]. */
  readonly #said: Int32Array;
  readonly #index: Tensor;
  readonly #all: Rows;
  readonly #views = new Map<number, Rows>();

  constructor(model: Qwen3Model, sizes: DecoderSizes) {
    const { config } = model;
    const { rows, slots, capacity } = sizes;
    this.#config = config;
    this.#sizes = sizes;
    this.#ops = opsOn(model.device);
    const buffers = new Buffers(model.device);
    this.#buffers = buffers;
    this.#weights = packWeights(model, buffers);
    const { cos, sin } = model.rotary(capacity);
    this.#rotary = { P: cos.shape[0]!, cos, sin };
    const f32 = (width: number): Tensor => buffers.empty([rows, width]);
    this.#said = new Int32Array(INDEX.length * rows);
    this.#index = buffers.empty([INDEX.length, rows], 'i32');
    const index = INDEX.map((name, i) => [name, buffers.view(this.#index, [rows], i * rows)]);
    const keys = config.numKeyValueHeads * config.headDim;
    const queries = config.numAttentionHeads * config.headDim;
    const [x, h, rms] = [f32(config.hiddenSize), f32(config.hiddenSize), f32(1)];
    const [qkv, q, attended] = [f32(queries + 2 * keys), f32(queries), f32(queries)];
    const [gate, up] = [f32(config.intermediateSize), f32(config.intermediateSize)];
    const logits = f32(config.vocabSize);
    const passed = { x, h, qkv, q, attended, gate, up, rms, logits };
    this.#all = { ...passed, ...Object.fromEntries(index) };
    const cache = (): Tensor => buffers.empty([slots, capacity, keys]);
    this.#caches = this.#weights.layers.map(() => ({ k: cache(), v: cache() }));
  }

  /** Token, slot and position of a row of the next pass. */
  setRow(row: number, id: number, slot: number, position: number): void {
    const { rows } = this.#sizes;
    [id, slot, position, position + 1].forEach((value, i) => {
      this.#said[i * rows + row] = value;
    });
  }

  /**
   * Runs rows 0 to `rows` - 1 and puts their keys and values into the cache. A row sees the positions
   * of its sequence up to its own, those of this pass included.
   * @returns logits [samples, V] of the first `samples` rows, overwritten by the next pass
   */
  run(rows: number, samples: number): Tensor {
    this.#index.write(this.#said);
    const all = this.#rowsOf(rows);
    const last = this.#rowsOf(samples);
    const { vocabSize: V, hiddenSize: D } = this.#config;
    const { embedding: table } = this.#weights;
    this.#ops.embedding({ V, D, T: rows, table: table.raw, ids: all.ids.raw, y: all.x.raw });
    const final = this.#weights.layers.length - 1;
    this.#weights.layers.forEach((layer, i) => {
      this.#project(layer, all, rows, i);
      // After the last layer's keys and values only the rows whose logits are wanted matter.
      const [seen, count] = i === final ? [last, samples] : [all, rows];
      this.#attend(layer, seen, count, i);
      this.#mlp(layer, seen, count);
    });
    this.#norm(last, this.#weights.finalNorm);
    this.#product(samples, last.h, this.#weights.head, last.logits, false);
    return last.logits;
  }

  /** Copies the first `count` positions of one sequence to another. */
  copyPrefix(from: number, to: number, count: number): void {
    const { numKeyValueHeads, headDim } = this.#config;
    const width = numKeyValueHeads * headDim;
    const stride = this.#sizes.capacity * width;
    for (const cache of this.#caches.flatMap(({ k, v }) => [k, v])) {
      using target = cache.alias([count, width], to * stride);
      using source = cache.alias([count, width], from * stride);
      target.copyFrom(source);
    }
  }

  /** Frees everything. */
  dispose(): void {
    this.#buffers.dispose();
  }

  /** Queries of the rows; their keys and values into the cache. */
  #project(layer: PackedLayer, rows: Rows, R: number, i: number): void {
    const { numAttentionHeads: H, numKeyValueHeads: Hkv, headDim: D, rmsNormEps } = this.#config;
    this.#norm(rows, layer.inputLayernorm);
    this.#product(R, rows.h, layer.qkv, rows.qkv, false);
    this.#ops.qkv_cache_write({
      R,
      slots: this.#sizes.slots,
      C: this.#sizes.capacity,
      H,
      Hkv,
      D,
      half: D / 2,
      P: this.#rotary.P,
      qkv: rows.qkv.raw,
      q_norm: layer.qNorm.raw,
      k_norm: layer.kNorm.raw,
      eps: rmsNormEps,
      cos: this.#rotary.cos.raw,
      sin: this.#rotary.sin.raw,
      slot: rows.slot.raw,
      position: rows.position.raw,
      q: rows.q.raw,
      k_cache: this.#caches[i]!.k.raw,
      v_cache: this.#caches[i]!.v.raw,
    });
  }

  #attend(layer: PackedLayer, rows: Rows, R: number, i: number): void {
    const { numAttentionHeads: H, numKeyValueHeads: Hkv, headDim: D } = this.#config;
    this.#ops.decode_attention({
      R,
      slots: this.#sizes.slots,
      C: this.#sizes.capacity,
      H,
      Hkv,
      D,
      q: rows.q.raw,
      k_cache: this.#caches[i]!.k.raw,
      v_cache: this.#caches[i]!.v.raw,
      slot: rows.slot.raw,
      length: rows.length.raw,
      scale: 1 / Math.sqrt(D),
      y: rows.attended.raw,
    });
    this.#product(R, rows.attended, layer.o, rows.x, true);
  }

  #mlp(layer: PackedLayer, rows: Rows, R: number): void {
    this.#norm(rows, layer.postAttentionLayernorm);
    this.#product(R, rows.h, layer.gate, rows.gate, false);
    this.#product(R, rows.h, layer.up, rows.up, false);
    const { raw: gate } = rows.gate;
    this.#ops.swiglu({ n: rows.gate.size, gate, up: rows.up.raw, y: gate });
    this.#product(R, rows.gate, layer.down, rows.x, true);
  }

  #norm({ x, h, rms }: Rows, weight: Tensor): void {
    const sizes = { N: rms.size, D: weight.size, eps: this.#config.rmsNormEps };
    const arrays = { x: x.raw, weight: weight.raw, y: h.raw, inv_rms: rms.raw };
    this.#ops.rms_norm({ ...sizes, ...arrays });
  }

  #product(R: number, x: Tensor, matrix: PackedMatrix, y: Tensor, accumulate: boolean): void {
    const { N, K, panels, packed } = matrix;
    const arrays = { x: x.raw, packed: packed.raw, y: y.raw };
    this.#ops.packed_linear({ R, N, K, panels, accumulate, ...arrays });
  }

  #rowsOf(R: number): Rows {
    let views = this.#views.get(R);
    if (!views) {
      const { rows } = this.#sizes;
      const entries = Object.entries(this.#all).map(([name, all]: [string, Tensor]) => {
        return [name, this.#buffers.view(all, [R, all.size / rows])] as const;
      });
      views = Object.fromEntries(entries) as unknown as Rows;
      this.#views.set(R, views);
    }
    return views;
  }
}
