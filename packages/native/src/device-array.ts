import type { Binding } from './binding.js';
import type { Memory } from './generated/ops.js';

/** What the driver says of one device. */
export interface DeviceDescription {
  index: number;
  name: string;
  /** Compute capability, for instance '9.0'. */
  capability: string;
  multiprocessors: number;
  totalBytes: number;
}

/** Bytes of one device. */
export interface DeviceMemoryInfo {
  /** What the driver would still give. */
  free: number;
  total: number;
  /** What this process holds in device arrays. */
  live: number;
}

/** @internal What the CUDA binary says of the machine. */
export interface RawDeviceInfo {
  reason: string;
  lost: boolean;
  driverVersion: number;
  runtimeVersion: number;
  devices: DeviceDescription[];
  cublasLt: string;
  cublasLtReason: string;
}

/** @internal What the CUDA binary exports beside the ops. */
export interface CudaBinding extends Binding {
  info(): RawDeviceInfo;
  memory(device: number): DeviceMemoryInfo;
  synchronize(device: number): void;
  setDeviceChecks(on: boolean): void;
  setDeviceTimeout(seconds: number): void;
  /** Makes `target` a device array that ops accept. */
  allocate(target: object, device: number, dtype: number, length: number): void;
  share(target: object, array: object, begin: number, end: number): void;
  release(array: object): void;
  upload(array: object, data: HostArray): void;
  download(array: object, data: HostArray): void;
  copy(target: object, source: object): void;
  fill(array: object, value: number): void;
  pointer(array: object): bigint;
}

/** Element types of device arrays. bf16 and f16 are read and written as their bits, a Uint16Array. */
export type DeviceDType = 'f32' | 'f64' | 'i32' | 'u8' | 'bf16' | 'f16';

/** Typed arrays that go to and come from a device. */
export type HostArray = Float32Array | Float64Array | Int32Array | Uint8Array | Uint16Array;

export const hostArrays = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u8: Uint8Array,
  bf16: Uint16Array,
  f16: Uint16Array,
};
interface HostArrays {
  f32: Float32Array;
  f64: Float64Array;
  i32: Int32Array;
  u8: Uint8Array;
  bf16: Uint16Array;
  f16: Uint16Array;
}
/** The typed array of a dtype. */
export type HostArrayOf<D extends DeviceDType> = HostArrays[D];

const dtypeCode: Record<DeviceDType, number> = { f32: 1, f64: 2, i32: 3, u8: 4, bf16: 5, f16: 6 };

interface Part {
  of: DeviceArray;
  begin: number;
  end: number;
}

/** An array in the memory of a device. Owned by the caller: `dispose()` or `using`. */
export class DeviceArray<D extends DeviceDType = DeviceDType> {
  /** For instance 'cuda:0'. */
  readonly device: `cuda:${number}`;
  readonly dtype: D;
  readonly length: number;
  readonly #index: number;
  readonly #binding: CudaBinding;

  /** Not for direct use: see `Device.upload` and `Device.empty`. */
  constructor(from: CudaBinding, index: number, dtype: D, length: number, part?: Part) {
    this.device = `cuda:${index}`;
    this.dtype = dtype;
    this.length = length;
    this.#index = index;
    this.#binding = from;
    if (part) from.share(this, part.of, part.begin, part.end);
    else from.allocate(this, index, dtypeCode[dtype], length);
  }

  get byteLength(): number {
    return this.length * hostArrays[this.dtype].BYTES_PER_ELEMENT;
  }

  /**
   * Copies data in and waits until it may be changed again. bf16 and f16 take a Uint16Array of bits.
   * @throws DisposedError after `dispose`; ArgumentError for another type or length, and when work before
   * met an element that its op does not take (see `setDeviceChecks`).
   */
  write(data: HostArrayOf<D>): void {
    this.#binding.upload(this, data);
  }

  /**
   * Waits for the work before it and copies the elements out.
   * @throws DisposedError after `dispose`; ArgumentError when work before met an element that its op does
   * not take (see `setDeviceChecks`).
   */
  read(): HostArrayOf<D> {
    const data = new hostArrays[this.dtype](this.length);
    this.#binding.download(this, data);
    return data as HostArrayOf<D>;
  }

  /** Sets every element, in stream order. @throws ArgumentError when the dtype cannot hold the value. */
  fill(value: number): void {
    this.#binding.fill(this, value);
  }

  /**
   * Copies another array of this device, in stream order.
   * @throws ArgumentError for another dtype, length or overlapping memory; DeviceError for another device.
   */
  copyFrom(source: DeviceArray<D>): void {
    this.#binding.copy(this, source);
  }

  /**
   * The elements from `begin` up to `end` as an array that shares this one's memory, which lives until the
   * last of them is disposed of.
   * @throws ArgumentError unless 0 <= begin <= end <= length.
   */
  subarray(begin = 0, end: number = this.length): DeviceArray<D> {
    const part = { of: this as DeviceArray, begin, end };
    return new DeviceArray(this.#binding, this.#index, this.dtype, end - begin, part);
  }

  /**
   * The address of the first element, for other libraries of this process. The memory stays this array's:
   * keep the array until all work on the address is done, never free the address, and order foreign work
   * by `Device.synchronize` (before it starts) and a synchronisation of its own (before the next op here).
   */
  unsafeDevicePointer(): bigint {
    return this.#binding.pointer(this);
  }

  /** Frees the memory once the work that uses it is done. A second call does nothing. */
  dispose(): void {
    this.#binding.release(this);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Arrays of the CUDA back end. */
export interface CudaMemory extends Memory {
  f32: DeviceArray<'f32'>;
  f64: DeviceArray<'f64'>;
  i32: DeviceArray<'i32'>;
  u8: DeviceArray<'u8'>;
  floats: DeviceArray<'f32'> | DeviceArray<'bf16'> | DeviceArray<'f16'>;
}
