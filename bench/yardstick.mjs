// What the machine gives in this very run: bandwidth of a copy and of a read, rate of a matrix product.
import { device as cudaDevice, cpu, setThreads } from '@anacrusis/native';
import { median } from './timing.mjs';

const COLD_BYTES = 128 * 2 ** 20;

/** The CPU as benches see a device: ops on typed arrays, which are ready when a call returns. */
export function cpuDevice(threads) {
  setThreads(threads);
  const sweep = new Float32Array(COLD_BYTES / 4);
  return {
    name: 'cpu',
    threads,
    ops: cpu,
    place: (array) => array,
    read: (array) => array,
    wait: () => {},
    /** Overwrites more than the caches hold. */
    chill: () => void sweep.fill(Math.random()),
  };
}

/** A CUDA device; arrays are uploaded once, and a timing ends when the device is idle. */
export function gpuDevice(name) {
  const device = cudaDevice(name);
  const sweep = device.empty('f32', (2 * COLD_BYTES) / 4);
  const one = device.empty('f32', 1);
  return {
    name,
    threads: 0,
    ops: device.ops,
    place: (array, dtype) => device.upload(array, dtype),
    read: (array) => array.read(),
    wait: () => void one.read(),
    chill: () =>
      void device.ops.copy({
        n: sweep.length / 2,
        x: sweep.subarray(0, sweep.length / 2),
        y: sweep.subarray(sweep.length / 2, sweep.length),
      }),
  };
}

/** Seconds of one call, from its start to the end of its work; timed over `repeat` calls in a row. */
export function once(device, call, cold, repeat = 1) {
  if (cold) device.chill();
  device.wait();
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeat; i++) call();
  device.wait();
  return Number(process.hrtime.bigint() - start) / 1e9 / repeat;
}

/** The calls whose time others are divided by, over `bytes` bytes moved in all. */
export function yardstick(device, kind, bytes) {
  if (kind === 'copy') {
    const n = Math.max(1, Math.floor(bytes / 8));
    const [x, y] = [0, 1].map(() => device.place(new Float32Array(n).fill(1.5)));
    return { call: () => device.ops.copy({ n, x, y }), unit: 2 * 4 * n, per: 'GB/s' };
  }
  if (kind === 'read') {
    const n = Math.max(1, Math.floor(bytes / 4));
    const x = device.place(new Float32Array(n).fill(1.5));
    const sum = device.place(new Int32Array(1));
    return { call: () => device.ops.bit_sum({ n, x, sum }), unit: 4 * n, per: 'GB/s' };
  }
  const [M, N, K] = [4096, 4096, 128];
  const [a, b, c] = [M * K, K * N, M * N].map((n) => device.place(new Float32Array(n).fill(0.5)));
  const sizes = { batch: 1, batch_b: 1, M, N, K };
  const flags = { transpose_a: false, transpose_b: true, accumulate: false };
  const call = () => device.ops.matmul({ ...sizes, ...flags, a, b, c });
  return { call, unit: 2 * M * N * K, per: 'GFLOP/s' };
}

/** Median, fastest and slowest of a list of seconds. */
export function summary(seconds) {
  const sorted = [...seconds].sort((a, b) => a - b);
  return {
    median: median(sorted),
    p10: sorted[Math.floor(sorted.length / 10)],
    p90: sorted[Math.ceil(sorted.length * 0.9) - 1],
  };
}
