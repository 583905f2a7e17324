// Device arrays and what devices refuse, on the SIMT emulator. Expected values follow from the documentation
// of the functions; failures of the driver are planned ones.
import {
  cpu,
  device,
  deviceInfo,
  setDeviceChecks,
  setDeviceTimeout,
  type ArgumentError,
  type OutOfMemoryError,
} from '@anacrusis/native';
import { useEmulator } from '@anacrusis/testing';
import { afterEach, describe, expect, it } from 'vitest';

const simt = useEmulator();
const first = device('cuda:0');
const second = device('cuda:1');

function refusal(body: () => unknown): ArgumentError {
  try {
    body();
  } catch (error) {
    return error as ArgumentError;
  }
  throw new Error('nothing was refused');
}

afterEach(() => simt.faultPlan(''));

describe('device arrays', () => {
  it.each([
    ['f32', Float32Array.of(1.5, -2, 3), 7.25, 7.25],
    ['f64', Float64Array.of(1.5, -2, 3), 1 / 3, 1 / 3],
    ['i32', Int32Array.of(1, -2, 3), -5, -5],
    ['u8', Uint8Array.of(1, 2, 3), 255, 255],
    ['bf16', Uint16Array.of(1, 2, 3), 1 / 3, 0x3eab],
    ['f16', Uint16Array.of(1, 2, 3), -2, 0xc000],
  ] as const)('%s: write, read, fill, subarray, copyFrom', (dtype, data, value, bits) => {
    using array = first.empty(dtype, 3);
    array.write(data as never);
    expect(array.read()).toEqual(data);
    using last = array.subarray(2);
    (last as { fill(value: number): void }).fill(value);
    expect([...array.read()]).toEqual([data[0], data[1], bits]);
    using copy = first.empty(dtype, 1);
    copy.copyFrom(last as never);
    expect([...copy.read()]).toEqual([bits]);
  });

  it('are named by the CPU and by functions that take named arguments', () => {
    using array = first.upload(Float32Array.of(1));
    const wrong = { n: 1, x: array, fn: 'square', y: new Float32Array(1) } as never;
    expect(refusal(() => cpu.unary(wrong)).message).toBe(
      'unary: x: expected a Float32Array, received a device array',
    );
    expect(refusal(() => cpu.unary(array as never)).message).toBe(
      'unary: expected one object of named arguments, unary({ n, x, fn, ... }), received DeviceArray',
    );
  });

  it('views keep the memory alive, and only theirs', () => {
    const before = first.memory().live;
    const array = first.upload(Float32Array.of(1, 2, 3, 4));
    const middle = array.subarray(1, 3);
    expect(middle.unsafeDevicePointer()).toBe(array.unsafeDevicePointer() + 4n);
    array.dispose();
    array.dispose();
    expect(refusal(() => array.read()).code).toBe('ERR_DISPOSED');
    expect(refusal(() => array.subarray(0, 1)).code).toBe('ERR_DISPOSED');
    expect([...middle.read()]).toEqual([2, 3]);
    expect(first.memory().live).toBe(before + 16);
    middle.dispose();
    expect(first.memory().live).toBe(before);
  });

  it.each([
    ['begin', () => first.empty('f32', 3).subarray(-1, 2), 'ERR_RANGE'],
    ['end', () => first.empty('f32', 3).subarray(2, 4), 'ERR_RANGE'],
    ['end', () => first.empty('f32', 3).subarray(2, 1), 'ERR_RANGE'],
    ['length', () => first.empty('f32', 1.5), 'ERR_RANGE'],
    ['data', () => first.empty('f32', 3).write(new Float32Array(2)), 'ERR_SHAPE'],
    ['data', () => first.empty('f32', 3).write(new Int32Array(3) as never), 'ERR_DTYPE'],
    ['dtype', () => first.upload(new Uint16Array(3) as never), 'ERR_DTYPE'],
    ['dtype', () => first.upload(new Uint16Array(3), 'f32' as never), 'ERR_DTYPE'],
    ['dtype', () => first.empty('f33' as never, 3), 'ERR_RANGE'],
    ['data', () => first.upload([1] as never), 'ERR_DTYPE'],
    ['value', () => first.empty('u8', 3).fill(256), 'ERR_RANGE'],
    ['value', () => first.empty('i32', 3).fill('1' as never), 'ERR_TYPE'],
  ] as const)('refuses by name: %s', (parameter, body, code) => {
    expect(refusal(body)).toMatchObject({ name: 'ArgumentError', code, parameter });
  });

  it.each([
    [() => first.empty('f32', 3).write(new Int32Array(3) as never), 'an Int32Array'],
    [() => first.empty('f32', NaN), 'NaN'],
    [() => first.empty('f32', -1), '-1'],
    [() => first.upload([1] as never), 'Array'],
    [
      () =>
        first.ops.unary({
          n: 1,
          x: new Float32Array(1) as never,
          fn: 'exp',
          y: first.empty('f32', 1),
        }),
      'a Float32Array',
    ],
  ] as const)('says what came instead: case %#', (body, received) => {
    expect(refusal(body as () => unknown)).toMatchObject({ received });
  });

  it('refuses overlapping copies and names both devices', () => {
    const [a, b] = [first.empty('f32', 4), second.empty('f32', 3)];
    expect(refusal(() => a.subarray(0, 3).copyFrom(a.subarray(1, 4))).code).toBe('ERR_ALIAS');
    const mixed = refusal(() => a.subarray(1).copyFrom(b));
    expect(mixed.code).toBe('ERR_DEVICE_MIXED');
    expect(mixed.message).toMatch(/cuda:0.*cuda:1/);
    const y = first.empty('f32', 3);
    const args = { n: 3, x: b, fn: 'exp', y } as const;
    expect(refusal(() => first.ops.unary(args)).message).toMatch(/cuda:1.*cuda:0/);
    expect(refusal(() => cpu.unary({ ...args, x: b } as never)).code).toBe('ERR_TYPE');
  });

  it('resolves the asynchronous form when the work is done', async () => {
    const x = first.upload(Float32Array.of(0, 1));
    await first.ops.unary_async({ n: 2, x, fn: 'square', y: x });
    expect([...x.read()]).toEqual([0, 1]);
    const wrong = first.ops.unary_async({ n: 3, x, fn: 'square', y: x });
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_SHAPE' });
  });
});

describe('element values on a device', () => {
  const lookUp = (ids: Int32Array): { read(): Float32Array } => {
    const T = ids.length;
    const table = first.upload(Float32Array.of(1, 2, 3, 4));
    const y = first.empty('f32', T);
    first.ops.embedding({ V: 4, D: 1, T, table, ids: first.upload(ids), y });
    return y;
  };

  it.each([1, 300, 9000, 40_000])('reports the first of %i elements that is illegal', (T) => {
    const ids = new Int32Array(T).fill(2);
    ids[T - 1] = 7;
    if (T > 2) ids[T >> 1] = -1;
    const later = { ids: first.upload(Int32Array.of(9)), y: first.empty('f32', 1) };
    const table = first.upload(new Float32Array(4));
    const y = lookUp(ids);
    first.ops.embedding({ V: 4, D: 1, T: 1, table, ...later }); // does not hide the first
    const error = refusal(() => y.read());
    expect(error).toMatchObject({
      code: 'ERR_RANGE',
      op: 'embedding',
      expected: 'a value in [0, 3]',
    });
    expect(error.parameter).toBe(`ids[${T > 2 ? T >> 1 : 0}]`);
    expect(error.received).toMatch(T > 2 ? /^-1\b/ : /^7\b/);
    expect(y.read()[T - 1]).toBe(0);
    first.synchronize();
  });

  it('is thrown by synchronize() and write(), too, and by no other device', () => {
    lookUp(Int32Array.of(4));
    second.synchronize();
    expect(refusal(() => first.synchronize()).code).toBe('ERR_RANGE');
    const y = lookUp(Int32Array.of(4));
    expect(
      refusal(() => (y as unknown as { write(x: Float32Array): void }).write(new Float32Array(1)))
        .code,
    ).toBe('ERR_RANGE');
  });

  it('can be left out', () => {
    const { launches } = simt.ledger();
    lookUp(Int32Array.of(1)).read();
    const checked = simt.ledger().launches - launches;
    setDeviceChecks(false);
    expect(lookUp(Int32Array.of(4)).read()[0]).toBe(0);
    setDeviceChecks(true);
    expect(simt.ledger().launches - launches - checked).toBe(checked - 1);
  });
});

describe('failures of a device', () => {
  it('says what was wanted and what there is, and goes on', () => {
    const error = refusal(() => first.empty('f64', 2 ** 32)) as unknown as OutOfMemoryError;
    expect(error).toMatchObject({ name: 'OutOfMemoryError', code: 'ERR_MEMORY', wanted: 2 ** 35 });
    expect(error.total).toBe(first.memory().total);
    expect(error.free).toBe(first.memory().free);
    expect(first.upload(Float32Array.of(3)).read()[0]).toBe(3);
  });

  it('tries again after it has given back what was free', () => {
    simt.faultPlan('allocate:1=2');
    first.empty('f32', 4).dispose();
    expect(simt.callCounts()).toMatchObject({ allocate: 2, trim: 1 });
  });

  it.each([
    ['launch:1=9', 'ERR_DEVICE'],
    ['launch:1=209', 'ERR_DEVICE_ARCHITECTURE'],
    ['launch:1=719!', 'ERR_DEVICE_LOST'],
  ])('%s is %s', (plan, code) => {
    const x = first.upload(Float32Array.of(4));
    simt.faultPlan(plan);
    const call = (): void => first.ops.unary({ n: 1, x, fn: 'sqrt', y: x });
    expect(refusal(call)).toMatchObject({ name: 'DeviceError', code });
    if (code !== 'ERR_DEVICE_LOST') {
      call();
      expect(x.read()[0]).toBe(2);
      return;
    }
    const calls = simt.callCounts()['launch'];
    expect(refusal(call).code).toBe(code);
    expect(simt.callCounts()['launch'], 'fails without asking the driver').toBe(calls);
    for (const body of [() => x.read(), () => first.empty('f32', 1), () => device('cuda:1')]) {
      expect(refusal(body)).toMatchObject({ code, message: expect.stringContaining('launch') });
    }
    expect(deviceInfo()).toMatchObject({ available: false, lost: true });
    x.dispose();
    const y = new Float32Array(1);
    cpu.unary({ n: 1, x: Float32Array.of(4), fn: 'sqrt', y });
    expect(y[0]).toBe(2);
  });

  const NOT_READY = 600;
  it.each(['read', 'write', 'synchronize', '_async'])('%s does not wait forever', async (what) => {
    const x = first.upload(Float32Array.of(4));
    const call = { n: 1, x, fn: 'sqrt', y: x } as const;
    const waits: Record<string, () => unknown> = {
      read: () => x.read(),
      write: () => x.write(Float32Array.of(1)),
      synchronize: () => first.synchronize(),
      _async: () => first.ops.unary_async(call),
    };
    const query = what === '_async' ? 'event_query' : 'stream_query';
    simt.faultPlan(`${query}:1=${NOT_READY}`);
    await waits[what]!(); // asks again
    setDeviceTimeout(1e-9);
    simt.faultPlan(`${query}:1=${NOT_READY}`);
    const error: unknown = await Promise.resolve()
      .then(waits[what])
      .catch((reason: unknown) => reason);
    setDeviceTimeout(600);
    const why = expect.stringContaining('did not finish its work within 1e-09 s');
    expect(error).toMatchObject({ code: 'ERR_DEVICE_LOST', message: why });
    expect(deviceInfo()).toMatchObject({ available: false, lost: true, reason: why });
    simt.faultPlan('');
    expect(x.read()).toBeInstanceOf(Float32Array);
  });

  it('refuses a time limit that is none', () => {
    for (const seconds of [0, -1, NaN, '3', undefined]) {
      expect(() => setDeviceTimeout(seconds as never)).toThrow(/setDeviceTimeout: seconds/);
    }
  });
});
