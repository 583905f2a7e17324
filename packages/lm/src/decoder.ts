import { cpu } from '@anacrusis/native';
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
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
  attended: Float32Array;
  gate: Float32Array;
  up: Float32Array;
  /** 1 / rms of every row, query head and key head; not used. */
  rms: Float32Array;
  qRms: Float32Array;
  kRms: Float32Array;
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
  /** Token, slot and position of every row; set them before `run`. */
  readonly ids: Int32Array;
  readonly slot: Int32Array;
  readonly position: Int32Array;
  readonly #config: Qwen3Config;
  readonly #sizes: DecoderSizes;
  readonly #weights: PackedWeights;
  readonly #rotary: { P: number; cos: Float32Array; sin: Float32Array };
  readonly #caches: { k: Float32Array; v: Float32Array }[];
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
    const [x, h] = [f32(config.hiddenSize), f32(config.hiddenSize)];
    const [q, k, v, attended] = [f32(queries), f32(keys), f32(keys), f32(queries)];
    const [gate, up] = [f32(config.intermediateSize), f32(config.intermediateSize)];
    const [rms, qRms, kRms] = [f32(1), f32(config.numAttentionHeads), f32(config.numKeyValueHeads)];
    const index = { ids: i32(), slot: i32(), position: i32(), length: i32() };
    this.#all = { x, h, q, k, v, attended, gate, up, rms, qRms, kRms, ...index };
    this.#logits = f32(config.vocabSize);
    const cache = (): Float32Array => new Float32Array(slots * capacity * keys);
    this.#caches = this.#weights.layers.map(() => ({ k: cache(), v: cache() }));
    ({ ids: this.ids, slot: this.slot, position: this.position } = index);
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
    for (let r = 0; r < rows; r++) all.length[r] = all.position[r]! + 1;
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
    this.#norm(last.x, this.#weights.finalNorm, last.h, last.rms);
    product(samples, last.h, this.#weights.head, logits);
    return logits;
  }

  /** Copies the first `count` positions of one sequence to another. */
  copyPrefix(from: number, to: number, count: number): void {
    const { numKeyValueHeads, headDim } = this.#config;
    const width = numKeyValueHeads * headDim;
    const stride = this.#sizes.capacity * width;
    for (const { k, v } of this.#caches) {
      k.copyWithin(to * stride, from * stride, from * stride + count * width);
      v.copyWithin(to * stride, from * stride, from * stride + count * width);
    }
  }

  /** Queries of the rows; their keys and values into the cache. */
  #project(layer: PackedLayer, rows: Rows, R: number, i: number): void {
    const { numAttentionHeads: H, numKeyValueHeads: Hkv, headDim: D } = this.#config;
    const { slots, capacity: C } = this.#sizes;
    this.#norm(rows.x, layer.inputLayernorm, rows.h, rows.rms);
    product(R, rows.h, layer.q, rows.q);
    product(R, rows.h, layer.k, rows.k);
    product(R, rows.h, layer.v, rows.v);
    this.#norm(rows.q, layer.qNorm, rows.q, rows.qRms);
    this.#norm(rows.k, layer.kNorm, rows.k, rows.kRms);
    const angles = { ...this.#rotary, D, half: D / 2, positions: rows.position, inverse: false };
    cpu.rotary_embedding({ ...angles, T: R, H, x: rows.q, y: rows.q });
    cpu.rotary_embedding({ ...angles, T: R, H: Hkv, x: rows.k, y: rows.k });
    const place = { slot: rows.slot, position: rows.position };
    const cache = { k_cache: this.#caches[i]!.k, v_cache: this.#caches[i]!.v };
    cpu.kv_cache_write({ R, slots, C, Hkv, D, k: rows.k, v: rows.v, ...place, ...cache });
  }

  #attend(layer: PackedLayer, rows: Rows, R: number, i: number): void {
    const { numAttentionHeads: H, numKeyValueHeads: Hkv, headDim: D } = this.#config;
    const { slots, capacity: C } = this.#sizes;
    const cache = { k_cache: this.#caches[i]!.k, v_cache: this.#caches[i]!.v };
    const scale = 1 / Math.sqrt(D);
    const { q, slot, length, attended: y } = rows;
    cpu.decode_attention({ R, slots, C, H, Hkv, D, q, ...cache, slot, length, scale, y });
    product(R, rows.attended, layer.o, rows.h);
    addInto(rows.x, rows.h);
  }

  #mlp(layer: PackedLayer, rows: Rows, R: number): void {
    this.#norm(rows.x, layer.postAttentionLayernorm, rows.h, rows.rms);
    product(R, rows.h, layer.gate, rows.gate);
    product(R, rows.h, layer.up, rows.up);
    cpu.swiglu({ n: rows.gate.length, gate: rows.gate, up: rows.up, y: rows.gate });
    product(R, rows.gate, layer.down, rows.h);
    addInto(rows.x, rows.h);
  }

  #norm(x: Float32Array, weight: Float32Array, y: Float32Array, inv_rms: Float32Array): void {
    const dims = { N: inv_rms.length, D: weight.length, eps: this.#config.rmsNormEps };
    cpu.rms_norm({ ...dims, x, weight, y, inv_rms });
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

function product(R: number, x: Float32Array, matrix: PackedMatrix, y: Float32Array): void {
  cpu.packed_linear({ R, ...matrix, x, y });
}

function addInto(total: Float32Array, part: Float32Array): void {
  const n = total.length;
  const dims = { d0: 1, d1: 1, d2: 1, d3: n, A: n, B: n, fn: 'add' as const };
  const strides = { a_s0: 0, a_s1: 0, a_s2: 0, a_s3: 1, b_s0: 0, b_s1: 0, b_s2: 0, b_s3: 1 };
  cpu.binary({ ...dims, ...strides, a: total, b: part, y: total });
}
