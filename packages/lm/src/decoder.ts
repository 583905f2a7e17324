import { cpu } from '@anacrusis/native';
import { empty, keep, type Tensor } from '@anacrusis/tensor';
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
  x: Float32Array;
  h: Float32Array;
  qkv: Float32Array;
  q: Float32Array;
  attended: Float32Array;
  gate: Float32Array;
  up: Float32Array;
  /** 1 / rms of every row; not used. */
  rms: Float32Array;
  ids: Int32Array;
  slot: Int32Array;
  position: Int32Array;
  length: Int32Array;
}

/**
 * The forward pass with a cache of keys and values, on raw ops and preallocated memory, without a
 * tape. Every row is one token of one sequence and is computed by itself: its bits do not depend on
 * the rows beside it.
 */
export class Decoder {
  readonly #config: Qwen3Config;
  readonly #sizes: DecoderSizes;
  readonly #weights: PackedWeights;
  readonly #rotary: { P: number; cos: Float32Array; sin: Float32Array };
  /** Pooled memory: fresh pages cost more than what is written into them. */
  readonly #caches: { k: Tensor; v: Tensor }[];
  readonly #all: Rows;
  readonly #logits: Float32Array;
  readonly #views = new Map<number, Rows>();

  constructor(model: Qwen3Model, sizes: DecoderSizes) {
    const { config } = model;
    const { rows, slots, capacity } = sizes;
    this.#config = config;
    this.#sizes = sizes;
    this.#weights = packWeights(model);
    const { cos, sin } = model.rotary(capacity);
    this.#rotary = { P: cos.shape[0]!, cos: cos.f32, sin: sin.f32 };
    const f32 = (width: number): Float32Array => new Float32Array(rows * width);
    const i32 = (): Int32Array => new Int32Array(rows);
    const keys = config.numKeyValueHeads * config.headDim;
    const queries = config.numAttentionHeads * config.headDim;
    const [x, h, rms] = [f32(config.hiddenSize), f32(config.hiddenSize), f32(1)];
    const [qkv, q, attended] = [f32(queries + 2 * keys), f32(queries), f32(queries)];
    const [gate, up] = [f32(config.intermediateSize), f32(config.intermediateSize)];
    const index = { ids: i32(), slot: i32(), position: i32(), length: i32() };
    this.#all = { x, h, qkv, q, attended, gate, up, rms, ...index };
    this.#logits = f32(config.vocabSize);
    const cache = (): Tensor => keep(empty([slots, capacity, keys]));
    this.#caches = this.#weights.layers.map(() => ({ k: cache(), v: cache() }));
  }

  /** Token, slot and position of a row of the next pass. */
  setRow(row: number, id: number, slot: number, position: number): void {
    this.#all.ids[row] = id;
    this.#all.slot[row] = slot;
    this.#all.position[row] = position;
    this.#all.length[row] = position + 1;
  }

  /**
   * Runs rows 0 to `rows` - 1 and puts their keys and values into the cache. A row sees the positions
   * of its sequence up to its own, those of this pass included.
   * @returns logits [samples, V] of the first `samples` rows, overwritten by the next pass
   */
  run(rows: number, samples: number): Float32Array {
    const all = this.#rowsOf(rows);
    const last = this.#rowsOf(samples);
    const { vocabSize: V, hiddenSize: D } = this.#config;
    cpu.embedding({ V, D, T: rows, table: this.#weights.embedding, ids: all.ids, y: all.x });
    const final = this.#weights.layers.length - 1;
    this.#weights.layers.forEach((layer, i) => {
      this.#project(layer, all, rows, i);
      // After the last layer's keys and values only the rows whose logits are wanted matter.
      const [seen, count] = i === final ? [last, samples] : [all, rows];
      this.#attend(layer, seen, count, i);
      this.#mlp(layer, seen, count);
    });
    const logits = this.#logits.subarray(0, samples * V);
    this.#norm(last, this.#weights.finalNorm);
    product(samples, last.h, this.#weights.head, logits, false);
    return logits;
  }

  /** Copies the first `count` positions of one sequence to another. */
  copyPrefix(from: number, to: number, count: number): void {
    const { numKeyValueHeads, headDim } = this.#config;
    const width = numKeyValueHeads * headDim;
    const stride = this.#sizes.capacity * width;
    for (const { k, v } of this.#caches) {
      k.f32.copyWithin(to * stride, from * stride, from * stride + count * width);
      v.f32.copyWithin(to * stride, from * stride, from * stride + count * width);
    }
  }

  /** Frees the cache. */
  dispose(): void {
    for (const { k, v } of this.#caches) {
      k.dispose();
      v.dispose();
    }
  }

  /** Queries of the rows; their keys and values into the cache. */
  #project(layer: PackedLayer, rows: Rows, R: number, i: number): void {
    const { numAttentionHeads: H, numKeyValueHeads: Hkv, headDim: D, rmsNormEps } = this.#config;
    this.#norm(rows, layer.inputLayernorm);
    product(R, rows.h, layer.qkv, rows.qkv, false);
    cpu.qkv_cache_write({
      R,
      slots: this.#sizes.slots,
      C: this.#sizes.capacity,
      H,
      Hkv,
      D,
      half: D / 2,
      P: this.#rotary.P,
      qkv: rows.qkv,
      q_norm: layer.qNorm,
      k_norm: layer.kNorm,
      eps: rmsNormEps,
      cos: this.#rotary.cos,
      sin: this.#rotary.sin,
      slot: rows.slot,
      position: rows.position,
      q: rows.q,
      k_cache: this.#caches[i]!.k.f32,
      v_cache: this.#caches[i]!.v.f32,
    });
  }

  #attend(layer: PackedLayer, rows: Rows, R: number, i: number): void {
    const { numAttentionHeads: H, numKeyValueHeads: Hkv, headDim: D } = this.#config;
    cpu.decode_attention({
      R,
      slots: this.#sizes.slots,
      C: this.#sizes.capacity,
      H,
      Hkv,
      D,
      q: rows.q,
      k_cache: this.#caches[i]!.k.f32,
      v_cache: this.#caches[i]!.v.f32,
      slot: rows.slot,
      length: rows.length,
      scale: 1 / Math.sqrt(D),
      y: rows.attended,
    });
    product(R, rows.attended, layer.o, rows.x, true);
  }

  #mlp(layer: PackedLayer, rows: Rows, R: number): void {
    this.#norm(rows, layer.postAttentionLayernorm);
    product(R, rows.h, layer.gate, rows.gate, false);
    product(R, rows.h, layer.up, rows.up, false);
    cpu.swiglu({ n: rows.gate.length, gate: rows.gate, up: rows.up, y: rows.gate });
    product(R, rows.gate, layer.down, rows.x, true);
  }

  #norm({ x, h: y, rms }: Rows, weight: Float32Array): void {
    const eps = this.#config.rmsNormEps;
    cpu.rms_norm({ N: rms.length, D: weight.length, x, weight, eps, y, inv_rms: rms });
  }

  #rowsOf(R: number): Rows {
    let views = this.#views.get(R);
    if (!views) {
      const { rows } = this.#sizes;
      const part = <A extends Float32Array | Int32Array>(array: A): A =>
        array.subarray(0, (array.length / rows) * R) as A;
      const entries = Object.entries(this.#all).map(
        ([name, array]) => [name, part(array)] as const,
      );
      views = Object.fromEntries(entries) as unknown as Rows;
      this.#views.set(R, views);
    }
    return views;
  }
}

function product(
  R: number,
  x: Float32Array,
  { N, K, panels, packed }: PackedMatrix,
  y: Float32Array,
  accumulate: boolean,
): void {
  cpu.packed_linear({ R, N, K, panels, x, packed, accumulate, y });
}
