import { DeviceArray } from '@anacrusis/native';
import { emptyOn, type DeviceName, type RawArray } from './device.js';
import { arrayTypes, dtypeOf, type DType, type TypedArray } from './dtype.js';
import { argument, disposed, expectShape, kindOf, shapeText } from './expect.js';
import { forgetLeak, watchForLeak } from './leak-watch.js';
import { register } from './owner.js';
import { returnBlock, takeBlock } from './pool.js';
import type { TapeNode } from './tape.js';

export type Shape = readonly number[];

/**
 * Memory that one or more tensors look at; freed with the last of them. On a device every tensor has an
 * array of its own: those that share memory are counted there.
 */
export interface Storage {
  block: ArrayBuffer | DeviceArray | null; // null: the caller's own memory
  users: number;
}

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** Memory for elements that are not set. @throws OutOfMemoryError, DeviceError */
export function allocate(
  size: number,
  dtype: DType,
  device: DeviceName,
): { raw: RawArray; block: ArrayBuffer | DeviceArray } {
  if (device !== 'cpu') {
    const raw = emptyOn(device, dtype, size);
    return { raw, block: raw };
  }
  const ArrayType = arrayTypes[dtype];
  const block = takeBlock(size * ArrayType.BYTES_PER_ELEMENT);
  return { raw: new ArrayType(block, 0, size), block };
}

/** A dense, row-major array with a shape. Memory is explicit: `dispose()`, `using` or `scope()`. */
export class Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** Where the memory is. */
  readonly device: DeviceName;
  /** Whether `backward` fills `grad`, or passes through this tensor to one whose it fills. */
  requiresGrad = false;
  /** Gradient of a leaf, added to by every `backward`; freed with the leaf. */
  grad: Tensor | null = null;
  /** The operation that made it, while it is on the tape. */
  node: TapeNode | null = null;
  /** The scope that frees it. */
  owner: Set<Tensor> | null;
  #raw: RawArray | null;
  readonly #storage: Storage;

  /** Not for direct use: see `tensor`, `empty`, `zeros` and `full`. */
  constructor(raw: RawArray, shape: Shape, dtype: DType, storage: Storage) {
    this.shape = shape;
    this.dtype = dtype;
    this.size = raw.length;
    this.device = raw instanceof DeviceArray ? raw.device : 'cpu';
    this.#raw = raw;
    this.#storage = storage;
    storage.users++;
    this.owner = register(this);
    watchForLeak(this, storage);
  }

  /**
   * The elements as the raw ops of the tensor's device take them: see `opsOf`. Do not keep the array beyond
   * the tensor's life: its memory is used again.
   * @throws DisposedError after `dispose`.
   */
  get raw(): RawArray {
    if (this.#raw === null) throw disposed('data', 'tensor');
    return this.#raw;
  }

  /**
   * The elements of a tensor on the CPU, in place. Do not keep the array beyond the tensor's life: its
   * memory is used again.
   * @throws DisposedError after `dispose`; ArgumentError `ERR_DEVICE` for a tensor on another device, which
   * `read()` copies out.
   */
  get data(): TypedArray {
    const { raw } = this;
    if (this.device === 'cpu') return raw as TypedArray;
    const received = `one on ${this.device}: read() copies its elements, to('cpu') the tensor`;
    throw argument('data', 'tensor', 'a tensor on the CPU', received, 'ERR_DEVICE');
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
    return this.#raw === null;
  }

  /** The single element of a tensor of size 1. @throws ArgumentError when it has another size. */
  item(): number {
    if (this.size !== 1) {
      throw argument('item', 'tensor', 'one element', `shape ${shapeText(this.shape)}`);
    }
    return this.read()[0] as number;
  }

  /** A copy of the elements, from any device: it waits for the work that makes them. @throws DisposedError */
  read(): TypedArray {
    const { raw } = this;
    return raw instanceof DeviceArray ? (raw.read() as TypedArray) : raw.slice();
  }

  /** Copies elements in, to any device. @throws ArgumentError for another type or length; DisposedError */
  write(values: TypedArray): void {
    const { raw } = this;
    if (values?.length !== this.size || dtypeOf(values) !== this.dtype) {
      const expected = `${arrayTypes[this.dtype].name} of ${this.size} elements`;
      throw argument('write', 'values', expected, `${kindOf(values)} of ${values?.length}`);
    }
    if (raw instanceof DeviceArray) raw.write(values);
    else raw.set(values);
  }

  /** Sets every element. @throws DisposedError */
  fill(value: number): this {
    this.raw.fill(value);
    return this;
  }

  /** Copies the elements of a tensor of this dtype and size, from any device. @throws ArgumentError, DisposedError */
  copyFrom(source: Tensor): this {
    const [to, from] = [this.raw, source.raw];
    if (to instanceof DeviceArray && from instanceof DeviceArray && to.device === from.device) {
      to.copyFrom(from);
    } else this.write(from instanceof DeviceArray ? (from.read() as TypedArray) : from);
    return this;
  }

  /**
   * A tensor on another device with a copy of the elements; this one, when it is there already. Not
   * recorded: a leaf's copy is a leaf.
   * @throws ArgumentError for a tensor that an operation on the tape made; DeviceError for a device that
   * cannot be used
   */
  to(device: DeviceName): Tensor {
    if (this.device === device) return this;
    if (this.node) {
      throw argument(
        'to',
        'tensor',
        'one that is not on the tape',
        `the result of ${this.node.name}`,
      );
    }
    const { raw, block } = allocate(this.size, this.dtype, device);
    return new Tensor(raw, this.shape, this.dtype, { block, users: 0 }).copyFrom(this);
  }

  /**
   * Frees the memory (with the last tensor that looks at it), its gradient, and what the tape kept for
   * the operation that made it. A second call does nothing.
   */
  dispose(): void {
    if (this.#raw === null) return;
    this.#raw = null;
    this.owner?.delete(this);
    this.owner = null;
    const { node, grad } = this;
    this.node = null;
    this.grad = null;
    grad?.dispose();
    if (node) for (const saved of node.saved) saved.dispose();
    forgetLeak(this);
    const { block } = this.#storage;
    if (--this.#storage.users > 0 || !block) return;
    if (block instanceof DeviceArray) block.dispose();
    else returnBlock(block);
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
    const part = this.raw.subarray(offset, offset + length);
    const storage = part instanceof DeviceArray ? { block: part, users: 0 } : this.#storage;
    return new Tensor(part, [...shape], this.dtype, storage);
  }

  #typed(dtype: DType): TypedArray {
    if (this.dtype !== dtype) throw argument('data', 'dtype', dtype, this.dtype, 'ERR_DTYPE');
    return this.data;
  }
}
