import { OutOfMemoryError } from '@anacrusis/native';
import { liveBytesOn, type DeviceName } from './device.js';

/**
 * Blocks of memory between uses. Finalisers never run inside a synchronous training loop, so tensors
 * hand their blocks back themselves and the next tensor of about that size takes them.
 */
const free = new Map<number, ArrayBuffer[]>();
let pooledBytes = 0;
let liveBytes = 0;
let peakBytes = 0;

/** Sizes in steps of an eighth of a power of two: at most 12.5 % is wasted. */
function blockBytes(bytes: number): number {
  if (bytes <= 256) return 256;
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 3);
  return Math.ceil(bytes / step) * step;
}

function allocate(size: number): ArrayBuffer {
  // Sizes that keep changing would leave a block of each behind.
  if (liveBytes + pooledBytes + size > 2 * peakBytes) trimMemory();
  try {
    return new ArrayBuffer(size);
  } catch (cause) {
    trimMemory();
    const text = `no memory for a tensor of ${size} bytes (${liveBytes} bytes are in use)`;
    throw new OutOfMemoryError('ERR_MEMORY', text, { cause });
  }
}

export function takeBlock(bytes: number): ArrayBuffer {
  const size = blockBytes(bytes);
  let block = free.get(size)?.pop();
  if (block) pooledBytes -= size;
  else block = allocate(size);
  liveBytes += size;
  if (liveBytes > peakBytes) peakBytes = liveBytes;
  return block;
}

export function returnBlock(block: ArrayBuffer): void {
  const size = block.byteLength;
  liveBytes -= size;
  pooledBytes += size;
  const list = free.get(size);
  if (list) list.push(block);
  else free.set(size, [block]);
}

/**
 * Bytes of the tensors that are alive, and bytes waiting in the pool for the next ones: together at most
 * twice the most that was ever alive. Tensors on the caller's own memory do not count. Of a CUDA device
 * `live` are all device arrays of this process; the pool is the driver's and is not counted.
 */
export function memoryStats(device: DeviceName = 'cpu'): { live: number; pooled: number } {
  if (device !== 'cpu') return { live: liveBytesOn(device), pooled: 0 };
  return { live: liveBytes, pooled: pooledBytes };
}

/** Gives the waiting blocks back to the garbage collector. */
export function trimMemory(): void {
  free.clear();
  pooledBytes = 0;
}
