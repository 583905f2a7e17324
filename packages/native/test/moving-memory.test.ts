// Memory that changes under a call: detached, resized and grown buffers, shared memory that another thread writes to,
// the collector at any moment, processes that end. Expected values are those of an undisturbed call.
import { execFileSync } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { ArgumentError, cpu } from '@anacrusis/native';
import { allOpCases, fieldsOf, listed, outputBits, Random } from '@anacrusis/testing';
import type { OpArgs, OpCases } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const n = 16;
const values = Float32Array.from({ length: n }, (_, i) => i / 7 - 1);
const squares = values.map((x) => x * x);
const squareOf = (x: Float32Array, y: Float32Array): Promise<void> =>
  cpu.unary_async({ n, x, fn: 'square', y });

type Resizable = ArrayBuffer & { resize(bytes: number): void };
const resizable = (): Resizable =>
  new (ArrayBuffer as unknown as new (bytes: number, options: object) => Resizable)(4 * n, {
    maxByteLength: 64 * n,
  });

// Node's types of version 20 do not have it.
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Memory: new (size: object) => { buffer: ArrayBuffer; grow(pages: number): number };
  };
};

function filled(buffer: ArrayBufferLike): Float32Array {
  const array = new Float32Array(buffer, 0, n);
  array.set(values);
  return array;
}

/** Buffers and what happens to them as soon as the call has returned. */
const disturbances: [string, () => { x: Float32Array; disturb: () => void }][] = [
  ['transferred', () => {
    const x = filled(new ArrayBuffer(4 * n));
    return { x, disturb: () => void structuredClone(x.buffer, { transfer: [x.buffer as ArrayBuffer] }) };
  }],
  ['resized to nothing', () => {
    const buffer = resizable();
    return { x: filled(buffer), disturb: () => buffer.resize(0) };
  }],
  ['resized up', () => {
    const buffer = resizable();
    return { x: filled(buffer), disturb: () => buffer.resize(64 * n) };
  }],
  ['grown as memory of WebAssembly', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
    return { x: filled(memory.buffer), disturb: () => void memory.grow(1) };
  }],
]; // prettier-ignore

describe('under an asynchronous call', () => {
  it.each(disturbances)('inputs may be %s: the result is that of the call', async (_, make) => {
    for (let round = 0; round < 1000; round++) {
      const { x, disturb } = make();
      const y = new Float32Array(n);
      const done = squareOf(x, y);
      disturb();
      await done;
      if (round % 100 === 0) expect(y).toEqual(squares);
      if (!y.every((value, i) => value === squares[i])) throw new Error(`round ${round}: ${y}`);
    }
  });

  it.each(disturbances)('outputs that are %s are refused, or written', async (what, make) => {
    for (let round = 0; round < 1000; round++) {
      const { x: y, disturb } = make();
      const done = squareOf(values, y);
      disturb();
      const error: unknown = await done.then(
        () => null,
        (reason: unknown) => reason,
      );
      if (what === 'resized up') expect(y).toEqual(squares);
      else expect((error as ArgumentError).code).toBe('ERR_DETACHED');
    }
  });

  it('the collector may come at any moment', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let round = 0; round < 30; round++) {
      const y = new Float32Array(n);
      const done = squareOf(values.slice(), y);
      collect();
      await done;
      collect();
      expect(y).toEqual(squares);
    }
  });
});

it('a shared buffer that grows counts with the length that it had', async () => {
  type Growable = SharedArrayBuffer & { grow(bytes: number): void };
  const options = { maxByteLength: 64 * n };
  const Shared = SharedArrayBuffer as unknown as new (bytes: number, options: object) => Growable;
  for (let round = 0; round < 1000; round++) {
    const buffer = new Shared(4 * n, options);
    const x = new Float32Array(buffer); // of the buffer's length, whatever it is
    x.set(values);
    const y = new Float32Array(n);
    const done = squareOf(x, y);
    buffer.grow(64 * n);
    await done;
    expect(y).toEqual(squares);
    expect(() => cpu.unary({ n, x, fn: 'square', y })).toThrow(/x: expected .*16/);
  }
});

describe('shared memory that another thread writes to', () => {
  /** Writes numbers, most of them small, all over the buffers until it is told to stop. */
  const scribbler = `
    const { workerData } = require('node:worker_threads');
    const { buffers, stop } = workerData;
    const arrays = buffers.map((buffer) => new Int32Array(buffer));
    for (let state = 1; Atomics.load(stop, 0) === 0; ) {
      for (const array of arrays) {
        for (let i = 0; i < array.length; i++) {
          state = (Math.imul(state, 1664525) + 1013904223) | 0;
          array[i] = state & 4 ? state : (state >>> 8) % 7;
        }
      }
    }`;

  /** The case with the most indices, and where they are. */
  function mostIndices({ op, cases }: OpCases): { make: () => OpArgs; names: string[] } {
    const names = fieldsOf(op)
      .filter(({ kind, dtype, role }) => kind === 'array' && dtype === 'i32' && role === 'in')
      .map(({ name }) => name);
    const count = (args: OpArgs): number =>
      names.flatMap((name) => listed(args[name])).reduce((sum, { length }) => sum + length, 0);
    const makers = cases.map((one) => () => one.args(new Random(1)));
    const sizes = makers.map((make) => count(make()));
    return { make: makers[sizes.indexOf(Math.max(...sizes))]!, names };
  }

  /** Moves the arrays of those names to shared memory. */
  function share(args: OpArgs, names: string[]): SharedArrayBuffer[] {
    const given = names.filter((name) => args[name] != null);
    return given.map((name) => {
      const array = args[name] as Int32Array;
      const shared = new Int32Array(new SharedArrayBuffer(array.byteLength));
      shared.set(array);
      args[name] = shared;
      return shared.buffer as SharedArrayBuffer;
    });
  }

  /** Calls again and again while the worker writes; how often. */
  async function callWhile(worker: Worker, call: () => void): Promise<number> {
    await new Promise((resolve) => worker.once('online', resolve));
    const until = Date.now() + 100;
    let calls = 0;
    for (; Date.now() < until || calls < 5; calls++) {
      try {
        call();
      } catch (error) {
        if (!(error instanceof ArgumentError)) throw error;
      }
    }
    return calls;
  }

  it('calls return or are refused, and later ones are right', { timeout: 120_000 }, async () => {
    const everyCase = await allOpCases();
    const indexed = everyCase.filter((cases) => mostIndices(cases).names.length > 0);
    expect(indexed.length).toBeGreaterThan(15);
    const ops = cpu as unknown as Record<string, (args: OpArgs) => void>;
    for (const cases of indexed) {
      const { op } = cases;
      const { make, names } = mostIndices(cases);
      const right = make();
      ops[op]!(right);
      const args = make();
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const workerData = { buffers: share(args, names), stop };
      const worker = new Worker(scribbler, { eval: true, workerData });
      const calls = await callWhile(worker, () => ops[op]!(args));
      Atomics.store(stop, 0, 1);
      await worker.terminate();
      expect(calls, op).toBeGreaterThan(4);
      const again = make();
      ops[op]!(again);
      expect(outputBits(op, again), op).toBe(outputBits(op, right));
    }
  });
});

it('a process may end at any moment of a call', { timeout: 120_000 }, () => {
  const native = JSON.stringify(import.meta.resolve('@anacrusis/native'));
  // 5 calls are under way, or about to return, when it ends; the exit code is the program's own.
  const program = (delay: number): string => `
    import { cpu } from ${native};
    const n = 1 << 16;
    const y = new Float32Array(n);
    for (let i = 0; i < 5; i++) void cpu.unary_async({ n, x: new Float32Array(n), fn: 'exp', y });
    setTimeout(() => process.exit(7), ${delay});`;
  for (let round = 0; round < 20; round++) {
    const run = (): Buffer =>
      execFileSync(process.execPath, ['--input-type=module', '-e', program((round % 5) / 2)]);
    expect(run).toThrow(expect.objectContaining({ status: 7, signal: null }));
  }
});
