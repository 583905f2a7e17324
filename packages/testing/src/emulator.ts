// The SIMT emulator of the tests: `device('cuda:0')` without a GPU. See native/test/simt/README.md.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { device, type Device, type DeviceArray, type FieldDescription } from '@anacrusis/native';
import { fieldsOf, type Numbers } from './compare.js';
import type { OpArgs } from './op-cases.js';

/** The test's hand on the emulator. */
export interface Simt {
  /**
   * Settings, any of `order=forward|reverse|random seed=7 resident=3 capability=90 multiprocessors=5
   * shared_bytes=166912 seconds=5 memory_gib=16 flush=left|right`; the others stay as they are.
   */
  configure(words: string): void;
  /** Failures from now on: `allocate:3=2` fails the third `allocate` with status 2; `!` behind it: everything after, too. */
  faultPlan(plan: string): void;
  /** Calls of each function of the device table since the last plan. */
  callCounts(): Record<string, number>;
  /** native/test/simt/gemm_export.cpp. */
  gemm(
    numbers: Float64Array,
    a: Numbers | Uint16Array,
    b: Numbers | Uint16Array,
    bias: Float32Array,
    c: Numbers | Uint16Array,
  ): void;
  /**
   * Puts 32 MiB of memory, repeated all the way, under an array that nobody has touched, but for its last `own` bytes:
   * for results behind 2^31 elements.
   */
  fold(array: Numbers, own: number): void;
  /** Device memory that is alive, allocations ever made, kernels ever launched. */
  ledger(): { allocations: number; bytes: number; made: number; launches: number };
}

export const emulatorPath = fileURLToPath(
  new URL('../../../build/emulated/emulated.node', import.meta.url),
);

/**
 * Makes `device('cuda:N')` the emulator in this process; call it before any device is used.
 * @throws Error when emulated.node is not built.
 */
export function useEmulator(): Simt {
  if (!existsSync(emulatorPath)) {
    throw new Error(`${emulatorPath} is missing: npx cmake-js build -T emulated_node`);
  }
  process.env['ANACRUSIS_CUDA_BINARY'] = emulatorPath;
  device('cuda:0');
  return (createRequire(import.meta.url)(emulatorPath) as { simt: Simt }).simt;
}

/**
 * Three schedules under which a right kernel gives the same bits; `seed` is that of the third, whose device has clusters
 * and the shared memory of compute capability 9.0.
 */
export function schedules(seed: number): string[] {
  return [
    'order=forward resident=1 multiprocessors=3 flush=right capability=86 shared_bytes=101376',
    'order=reverse resident=2 multiprocessors=1 flush=left capability=86 shared_bytes=101376',
    `order=random seed=${seed} resident=3 multiprocessors=7 flush=right capability=90 shared_bytes=232448`,
  ];
}

type Uploaded = { host: Numbers; array: DeviceArray };

function onDevice({ kind, onHost }: FieldDescription): boolean {
  return (kind === 'array' || kind === 'arrays') && !onHost;
}

/**
 * Runs an op on a device with the arguments of its case: arrays are uploaded (outputs start as fresh device
 * memory), outputs are read back into `args`.
 */
export function runOnDevice(target: Device, op: string, args: OpArgs): void {
  const uploads = new Map<string, Uploaded>();
  const outputs: Uploaded[] = [];
  const buffers: ArrayBufferLike[] = [];
  const upload = (host: Numbers, { role, dtypeFrom }: FieldDescription): DeviceArray => {
    if (!buffers.includes(host.buffer)) buffers.push(host.buffer);
    // An output that is also an input is one array on the device, too.
    const key = `${buffers.indexOf(host.buffer)}:${host.byteOffset}:${host.length}`;
    let known = uploads.get(key);
    if (!known) {
      const half = host instanceof Uint16Array ? [args[dtypeFrom]] : [];
      known = {
        host,
        array: (target.upload as (...given: unknown[]) => DeviceArray)(host, ...half),
      };
      uploads.set(key, known);
    }
    if (role !== 'in') outputs.push(known);
    return known.array;
  };
  const given: OpArgs = { ...args };
  try {
    for (const field of fieldsOf(op).filter(onDevice)) {
      const value = args[field.name];
      if (value == null) continue;
      given[field.name] = Array.isArray(value)
        ? value.map((item: Numbers) => upload(item, field))
        : upload(value as Numbers, field);
    }
    (target.ops as unknown as Record<string, (args: OpArgs) => void>)[op]!(given);
    for (const { host, array } of outputs) host.set(array.read());
  } finally {
    for (const { array } of uploads.values()) array.dispose();
  }
}
