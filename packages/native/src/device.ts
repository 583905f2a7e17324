import {
  DeviceArray,
  hostArrays,
  type CudaBinding,
  type CudaMemory,
  type DeviceDType,
  type DeviceMemoryInfo,
  type HostArray,
  type RawDeviceInfo,
} from './device-array.js';
import { ArgumentError, DeviceError } from './errors.js';
import { bindOps, type Ops } from './generated/ops.js';
import { loadBinary, whyNoCudaBinary } from './load.js';

/** What CUDA offers here, or why it offers nothing. */
export interface DeviceInfo extends RawDeviceInfo {
  /** Whether a kernel could be launched: a binary, a driver and a device are there. */
  available: boolean;
}

let binding: CudaBinding | null = null;
let ops: Ops<CudaMemory> | null = null;

function load(): CudaBinding {
  binding ??= loadBinary<CudaBinding>('cuda.node').binding;
  return binding;
}

const nothing = {
  available: false,
  lost: false,
  driverVersion: 0,
  runtimeVersion: 0,
  devices: [],
  cublasLt: '',
  cublasLtReason: '',
};

/** What CUDA offers in this process; never throws. */
export function deviceInfo(): DeviceInfo {
  const missing = whyNoCudaBinary();
  if (missing) return { ...nothing, reason: missing };
  try {
    const info = load().info();
    const reason = info.reason || (info.devices.length === 0 ? 'the driver shows no device' : '');
    return { ...info, reason, available: reason === '' };
  } catch (error) {
    return { ...nothing, reason: (error as Error).message };
  }
}

function requireDevice(index: number): CudaBinding {
  const info = deviceInfo();
  if (!info.available) {
    const code = info.lost ? 'ERR_DEVICE_LOST' : 'ERR_DEVICE_NONE';
    throw new DeviceError(code, `cuda:${index}: ${info.reason}`);
  }
  if (index >= info.devices.length) {
    const text = `cuda:${index}: this machine has ${info.devices.length} device(s), from cuda:0 on`;
    throw new DeviceError('ERR_DEVICE_NONE', text);
  }
  return load();
}

function refuseUpload(parameter: string, expected: string, received: string): never {
  throw new ArgumentError({
    code: 'ERR_DTYPE',
    op: 'Device.upload',
    parameter,
    expected,
    received,
  });
}

/** The dtype that a typed array has on a device. */
function dtypeOf(data: HostArray, half: 'bf16' | 'f16' | undefined): DeviceDType {
  const name = Object.prototype.toString.call(data).slice(8, -1);
  if (name === 'Uint16Array') {
    if (half === 'bf16' || half === 'f16') return half;
    refuseUpload('dtype', "'bf16' or 'f16' with a Uint16Array", String(half));
  }
  const found =
    name === 'Float16Array'
      ? 'f16'
      : (['f32', 'f64', 'i32', 'u8'] as const).find((key) => hostArrays[key].name === name);
  const arrays = 'a Float32Array, Float64Array, Int32Array, Uint8Array or Uint16Array';
  if (!found) return refuseUpload('data', arrays, name);
  return found;
}

/** One CUDA device. */
export class Device {
  readonly name: `cuda:${number}`;
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
    if (!Object.hasOwn(hostArrays, dtype)) {
      const expected = `one of ${Object.keys(hostArrays).join(', ')}`;
      const details = { op: 'Device.empty', parameter: 'dtype', received: String(dtype) };
      throw new ArgumentError({ ...details, code: 'ERR_RANGE', expected });
    }
    return new DeviceArray(this.#binding, this.#index, dtype, length);
  }

  upload(data: Float32Array): DeviceArray<'f32'>;
  upload(data: Float64Array): DeviceArray<'f64'>;
  upload(data: Int32Array): DeviceArray<'i32'>;
  upload(data: Uint8Array): DeviceArray<'u8'>;
  upload<D extends 'bf16' | 'f16'>(bits: Uint16Array, dtype: D): DeviceArray<D>;
  upload(data: HostArray): DeviceArray;
  /** A copy on the device. A Uint16Array holds the bits of bf16 or f16 numbers: say which. */
  upload(data: HostArray, half?: 'bf16' | 'f16'): DeviceArray {
    const array = this.empty(dtypeOf(data, half), data.length);
    try {
      array.write(data as never);
    } catch (error) {
      array.dispose();
      throw error;
    }
    return array;
  }

  /** Waits for all work of the device. @throws ArgumentError when it met an element that its op does not take. */
  synchronize(): void {
    this.#binding.synchronize(this.#index);
  }

  memory(): DeviceMemoryInfo {
    return this.#binding.memory(this.#index);
  }
}

/**
 * A CUDA device by name, 'cuda:N'; never falls back to the CPU.
 * @throws DeviceError `ERR_DEVICE_NONE` saying why the device cannot be used, `ERR_DEVICE_LOST` after a
 * failure that only a new process mends.
 */
export function device(name: `cuda:${number}`): Device {
  const index = /^cuda:(\d+)$/.exec(name)?.[1];
  if (index === undefined) {
    throw new DeviceError('ERR_DEVICE_NONE', `'${name}' is not a device name: expected 'cuda:N'`);
  }
  return new Device(Number(index));
}

/**
 * Whether the elements of index and flag arrays on devices are checked: on at first, at the price of one small
 * kernel per such array and call. A violation is thrown by the next `read`, `write` or `synchronize`; kernels
 * guard their memory in any case.
 */
export function setDeviceChecks(on: boolean): void {
  if (whyNoCudaBinary() === '') load().setDeviceChecks(on);
}

/**
 * Seconds that `read`, `write`, `synchronize` and the asynchronous form of an op wait for a device at most: 600 at
 * first, `Infinity` for no limit. When that is not enough, all devices count as lost for the rest of the process
 * (`ERR_DEVICE_LOST`), because a kernel that never ends cannot be stopped.
 * @throws ArgumentError unless it is above 0
 */
export function setDeviceTimeout(seconds: number): void {
  if (whyNoCudaBinary() === '') load().setDeviceTimeout(seconds);
}
