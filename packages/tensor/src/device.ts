import {
  cpu,
  device as cudaDevice,
  deviceInfo,
  type Device,
  type DeviceArray,
  type Memory,
  type Ops,
} from '@anacrusis/native';
import type { DType, TypedArray } from './dtype.js';
import { argument } from './expect.js';
import type { Tensor } from './tensor.js';

/** Where a tensor's memory is. */
export type DeviceName = 'cpu' | `cuda:${number}`;

/** The elements of a tensor as the ops of its device take them. */
export type RawArray = TypedArray | DeviceArray;

interface AnyMemory extends Memory {
  f32: RawArray;
  f64: RawArray;
  i32: RawArray;
  u8: RawArray;
  floats: RawArray;
}

/** The raw ops of whatever device. */
export type AnyOps = Ops<AnyMemory>;

const devices = new Map<string, Device>();

/** A CUDA device, made at its first use. @throws DeviceError saying why it cannot be used */
function cuda(name: `cuda:${number}`): Device {
  let found = devices.get(name);
  if (!found) devices.set(name, (found = cudaDevice(name)));
  return found;
}

/** The raw ops of a device. @throws DeviceError saying why it cannot be used */
export function opsOn(name: DeviceName): AnyOps {
  return (name === 'cpu' ? cpu : cuda(name).ops) as unknown as AnyOps;
}

/** Memory of a CUDA device whose elements are not set. @throws DeviceError, OutOfMemoryError */
export function emptyOn(name: `cuda:${number}`, dtype: DType, length: number): DeviceArray {
  return cuda(name).empty(dtype, length);
}

/** Bytes in device arrays of this process. */
export const liveBytesOn = (name: `cuda:${number}`): number => cuda(name).memory().live;

/** Waits for all work of a device, and throws what it met on the way. The CPU's is always done. */
export function synchronize(name: DeviceName): void {
  if (name !== 'cpu') cuda(name).synchronize();
}

/**
 * The raw ops of the device that all these tensors are on; those left out do not count. Their `raw` is what
 * the ops take, and results go to `empty(shape, dtype, tensor)`, on the same device.
 * @throws ArgumentError naming the first two tensors that are on different devices
 */
export function opsOf(
  op: string,
  tensors: Record<string, Tensor | null | undefined> | readonly Tensor[],
): AnyOps {
  let first: string | undefined;
  let where: DeviceName = 'cpu';
  for (const name in tensors) {
    const tensor = (tensors as Record<string, Tensor | null | undefined>)[name];
    if (!tensor) continue;
    if (first === undefined) {
      first = name;
      where = tensor.device;
    } else if (tensor.device !== where) {
      const expected = `a tensor on ${where}, where ${first} is`;
      throw argument(op, name, expected, `one on ${tensor.device}`, 'ERR_DEVICE_MIXED');
    }
  }
  return opsOn(where);
}

/** A device that was asked for, and why it is that one. */
export interface ChosenDevice {
  device: DeviceName;
  reason: string;
}

/**
 * The device of a name: 'cpu', 'cuda:N', 'cuda' (the first), or 'auto': the first CUDA device where one
 * works, else the CPU. Only 'auto' falls back.
 * @throws ArgumentError for another name; DeviceError where a CUDA device was named and cannot be used
 */
export function chooseDevice(name: string): ChosenDevice {
  if (name === 'cpu') return { device: 'cpu', reason: 'as asked' };
  if (name === 'auto') {
    const { available, reason, devices: found } = deviceInfo();
    if (!available) return { device: 'cpu', reason: `CUDA cannot be used: ${reason}` };
    return { device: 'cuda:0', reason: `${found[0]!.name} works` };
  }
  const index = name === 'cuda' ? '0' : /^cuda:(\d+)$/.exec(String(name))?.[1];
  if (index === undefined) {
    const expected = "'cpu', 'cuda', 'cuda:N' or 'auto'";
    throw argument('device', 'device', expected, `'${name}'`, 'ERR_RANGE');
  }
  const device = `cuda:${Number(index)}` as const;
  cuda(device);
  return { device, reason: 'as asked' };
}
