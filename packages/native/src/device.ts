import type { Binding } from './binding.js';
import { DeviceError } from './errors.js';
import { bindOps, type Memory, type Ops } from './generated/ops.js';
import { cudaBinaryPresent, loadBinary } from './load.js';

/** What the driver says of one device. */
export interface DeviceDescription {
  index: number;
  name: string;
  /** Compute capability, for instance '9.0'. */
  capability: string;
  multiprocessors: number;
  totalBytes: number;
}

/** What CUDA offers here, or why it offers nothing. */
export interface DeviceInfo {
  /** Whether a kernel could be launched: a binary, a driver and a device are there. */
  available: boolean;
  /** Why not; empty when available. */
  reason: string;
  /** As CUDA counts versions: 13000 is 13.0; 0 without a driver. */
  driverVersion: number;
  runtimeVersion: number;
  devices: DeviceDescription[];
  /** Path of cuBLASLt, or empty, with what was tried. */
  cublasLt: string;
  cublasLtReason: string;
}

type RawInfo = Omit<DeviceInfo, 'available'>;

interface CudaBinding extends Binding {
  info(): RawInfo;
  /** Makes `target` a device buffer that ops accept. */
  allocate(target: object, device: number, dtype: number, length: number): void;
  release(buffer: object): void;
  upload(buffer: object, data: HostArray): void;
  download(buffer: object, data: HostArray): void;
}

type HostArray = Float32Array | Float64Array | Int32Array | Uint8Array;
type DeviceDType = 'f32' | 'f64' | 'i32' | 'u8';

const arrays = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u8: Uint8Array };
const dtypeCode: Record<DeviceDType, number> = { f32: 1, f64: 2, i32: 3, u8: 4 };

let binding: CudaBinding | null = null;
let ops: Ops<CudaMemory> | null = null;

function load(): CudaBinding {
  binding ??= loadBinary<CudaBinding>('cuda.node').binding;
  return binding;
}

const nothing = {
  driverVersion: 0,
  runtimeVersion: 0,
  devices: [],
  cublasLt: '',
  cublasLtReason: '',
};

/** What CUDA offers in this process; never throws. */
export function deviceInfo(): DeviceInfo {
  if (!cudaBinaryPresent()) {
    return { ...nothing, available: false, reason: 'the platform package holds no cuda.node' };
  }
  try {
    const info = load().info();
    const reason = info.reason || (info.devices.length === 0 ? 'the driver shows no device' : '');
    return { ...info, reason, available: reason === '' };
  } catch (error) {
    return { ...nothing, available: false, reason: (error as Error).message };
  }
}

function requireDevice(index: number): CudaBinding {
  const info = deviceInfo();
  if (!info.available) throw new DeviceError('ERR_DEVICE_NONE', `cuda:${index}: ${info.reason}`);
  if (index >= info.devices.length) {
    const text = `cuda:${index}: this machine has ${info.devices.length} device(s), from cuda:0 on`;
    throw new DeviceError('ERR_DEVICE_NONE', text);
  }
  return load();
}

/** An array in the memory of a device. Owned by the caller: `dispose()` or `using`. */
export class DeviceArray<D extends DeviceDType = DeviceDType> {
  readonly device: string;
  readonly dtype: D;
  readonly length: number;
  readonly #binding: CudaBinding;

  /** Not for direct use: see `Device.upload` and `Device.empty`. */
  constructor(from: CudaBinding, index: number, dtype: D, length: number) {
    this.device = `cuda:${index}`;
    this.dtype = dtype;
    this.length = length;
    this.#binding = from;
    from.allocate(this, index, dtypeCode[dtype], length);
  }

  /** Copies data in and waits until it may be changed again. @throws DisposedError after `dispose`. */
  write(data: InstanceType<(typeof arrays)[D]>): void {
    this.#binding.upload(this, data);
  }

  /** Waits for the work before it and copies the elements out. @throws DisposedError */
  read(): InstanceType<(typeof arrays)[D]> {
    const data = new arrays[this.dtype](this.length);
    this.#binding.download(this, data);
    return data as InstanceType<(typeof arrays)[D]>;
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
}

/** One CUDA device. */
export class Device {
  readonly name: string;
  /** The ops that have a kernel; work is enqueued in order and a `read` waits for it. */
  readonly ops: Ops<CudaMemory>;
  readonly #index: number;
  readonly #binding: CudaBinding;

  /** Not for direct use: see `device`. */
  constructor(index: number) {
    this.name = `cuda:${index}`;
    this.#index = index;
    this.#binding = requireDevice(index);
    this.ops = ops ??= bindOps<CudaMemory>(this.#binding);
  }

  /** Memory whose elements are not set. @throws OutOfMemoryError when the device has no room. */
  empty<D extends DeviceDType>(dtype: D, length: number): DeviceArray<D> {
    return new DeviceArray(this.#binding, this.#index, dtype, length);
  }

  upload(data: Float32Array): DeviceArray<'f32'>;
  upload(data: Float64Array): DeviceArray<'f64'>;
  upload(data: Int32Array): DeviceArray<'i32'>;
  upload(data: Uint8Array): DeviceArray<'u8'>;
  upload(data: HostArray): DeviceArray {
    const dtype = (Object.keys(arrays) as DeviceDType[]).find((key) => data instanceof arrays[key]);
    const array = this.empty(dtype as DeviceDType, data.length);
    array.write(data as never);
    return array;
  }
}

/**
 * A CUDA device by name, 'cuda:N'; never falls back to the CPU.
 * @throws DeviceError `ERR_DEVICE_NONE` saying why the device cannot be used.
 */
export function device(name: `cuda:${number}`): Device {
  const index = /^cuda:(\d+)$/.exec(name)?.[1];
  if (index === undefined) {
    throw new DeviceError('ERR_DEVICE_NONE', `'${name}' is not a device name: expected 'cuda:N'`);
  }
  return new Device(Number(index));
}
