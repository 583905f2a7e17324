import type { DType, TypedArray } from './dtype.js';
import { argument, disposed, expectShape, shapeText } from './expect.js';
import { forgetLeak, watchForLeak } from './leak-watch.js';
import { register } from './owner.js';
import { returnBlock } from './pool.js';
import type { TapeNode } from './tape.js';

export type Shape = readonly number[];

/** Memory that one or more tensors look at; freed with the last of them. */
export interface Storage {
  block: ArrayBuffer | null; // null: the caller's own memory
  users: number;
}

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** A dense, row-major array with a shape. Memory is explicit: `dispose()`, `using` or `scope()`. */
export class Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** Where the memory is. */
  readonly device = 'cpu';
  /** Whether `backward` fills `grad`, or passes through this tensor to one whose it fills. */
  requiresGrad = false;
  /** Gradient of a leaf, added to by every `backward`; freed with the leaf. */
  grad: Tensor | null = null;
  /** The operation that made it, while it is on the tape. */
  node: TapeNode | null = null;
  /** The scope that frees it. */
  owner: Set<Tensor> | null;
  #data: TypedArray | null;
  readonly #storage: Storage;

  /** Not for direct use: see `tensor`, `empty`, `zeros` and `full`. */
  constructor(data: TypedArray, shape: Shape, dtype: DType, storage: Storage) {
    this.shape = shape;
    this.dtype = dtype;
    this.size = data.length;
    this.#data = data;
    this.#storage = storage;
    storage.users++;
    this.owner = register(this);
    watchForLeak(this, storage);
  }

  /**
   * The elements, in place. Do not keep the array beyond the tensor's life: its memory is used again.
   * @throws DisposedError after `dispose`.
   */
  get data(): TypedArray {
    if (this.#data === null) throw disposed('data', 'tensor');
    return this.#data;
  }

  /** The elements of an f32 tensor. @throws ArgumentError for another dtype. */
  get f32(): Float32Array {
    return this.#typed('f32') as Float32Array;
  }

  /** The elements of an f64 tensor. @throws ArgumentError for another dtype. */
  get f64(): Float64Array {
    return this.#typed('f64') as Float64Array;
  }

  /** The elements of an i32 tensor. @throws ArgumentError for another dtype. */
  get i32(): Int32Array {
    return this.#typed('i32') as Int32Array;
  }

  /** The elements of a u8 tensor. @throws ArgumentError for another dtype. */
  get u8(): Uint8Array {
    return this.#typed('u8') as Uint8Array;
  }

  get isDisposed(): boolean {
    return this.#data === null;
  }

  /** The single element of a tensor of size 1. @throws ArgumentError when it has another size. */
  item(): number {
    if (this.size !== 1) {
      throw argument('item', 'tensor', 'one element', `shape ${shapeText(this.shape)}`);
    }
    return this.data[0] as number;
  }

  /**
   * Frees the memory (with the last tensor that looks at it), its gradient, and what the tape kept for
   * the operation that made it. A second call does nothing.
   */
  dispose(): void {
    if (this.#data === null) return;
    this.#data = null;
    this.owner?.delete(this);
    this.owner = null;
    const { node, grad } = this;
    this.node = null;
    this.grad = null;
    grad?.dispose();
    if (node) for (const saved of node.saved) saved.dispose();
    forgetLeak(this);
    if (--this.#storage.users === 0 && this.#storage.block) returnBlock(this.#storage.block);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * A tensor of another shape on the same memory, from element `offset` on; not recorded.
   * @throws ArgumentError when it would reach beyond this one.
   */
  alias(shape: Shape, offset = 0): Tensor {
    expectShape('alias', shape);
    const length = sizeOf(shape);
    if (!Number.isInteger(offset) || offset < 0 || offset + length > this.size) {
      const range = `elements within 0..${this.size}`;
      throw argument('alias', 'shape', range, `${length} from ${offset} on`, 'ERR_RANGE');
    }
    const data = this.data.subarray(offset, offset + length);
    return new Tensor(data, [...shape], this.dtype, this.#storage);
  }

  #typed(dtype: DType): TypedArray {
    if (this.dtype !== dtype) throw argument('data', 'dtype', dtype, this.dtype, 'ERR_DTYPE');
    return this.data;
  }
}
