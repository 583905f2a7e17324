import { loadCpu } from './load.js';
import { bindOps, type HostMemory, type Ops } from './generated/ops.js';

export type { Binding, FieldDescription, OpDescription } from './binding.js';
export * from './errors.js';
export * from './generated/ops.js';
export { checkNames, nearest } from './call.js';
export * from './device-array.js';
export * from './device.js';
export { loadBinary, platformPackage } from './load.js';

const loaded = loadCpu();

/** The raw ops on typed arrays, in place in JavaScript memory. */
export const cpu: Ops<HostMemory> = bindOps<HostMemory>(loaded.binding);

/** The descriptions from which argument checks, types, documentation and tests are made. */
export const descriptions = loaded.binding.descriptions;

/** Binary, instruction set and threads that this process uses. */
export function cpuInfo(): { binary: string; isa: string; threads: number } {
  const { isa, threads } = loaded.binding.info();
  return { binary: loaded.from, isa, threads };
}

/**
 * Sets the number of threads that ops use from the next call on; results do not depend on it.
 * @param threads 1 to 256. The environment variable `ANACRUSIS_THREADS` sets it at load.
 * @throws ArgumentError when it is not an integer in that range.
 */
export function setThreads(threads: number): void {
  loaded.binding.setThreads(threads);
}
