// Failures of the driver in the middle of every op, on the SIMT emulator: memory that runs out at each allocation in
// turn, each launch, upload and fill refused in turn, the device lost. Nothing may leak, and the next call must
// give the right bits.
import {
  descriptions,
  device,
  type DeviceArray,
  DeviceError,
  OutOfMemoryError,
} from '@anacrusis/native';
import {
  allOpCases,
  fullestCall,
  listed,
  useEmulator,
  type Numbers,
  type OpArgs,
} from '@anacrusis/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

const simt = useEmulator();
const cuda = device('cuda:0');
const ops = cuda.ops as unknown as Record<string, (args: OpArgs) => void>;
const everyCase = (await allOpCases()).filter(
  ({ op }) => descriptions.find(({ name }) => name === op)!.onCuda,
);

let tried = 0;
afterEach(() => simt.faultPlan(''));
afterAll(() => console.log(`failures of the driver tried: ${tried}`));

const OUT_OF_MEMORY = 2;
const REFUSED = 9; // invalid configuration: of this call only
const LOST = 719;

for (const cases of everyCase) {
  const op = descriptions.find(({ name }) => name === cases.op)!;
  const make = fullestCall(cases);
  const fields = op.fields.filter(({ kind, onHost }) => /^arrays?$/.test(kind) && !onHost);

  /** The call on device arrays, and how to fill them anew, and its outputs. */
  const prepare = (): {
    args: OpArgs;
    reset: () => void;
    bits: () => string;
    dispose: () => void;
  } => {
    const host = make();
    const known = new Map<Numbers, DeviceArray>();
    const args = { ...host };
    const outputs: DeviceArray[] = [];
    for (const { name, kind, role, dtypeFrom } of fields) {
      if (host[name] == null) continue;
      const arrays = listed(host[name]).map((array) => {
        if (!known.has(array)) {
          known.set(
            array,
            (cuda.upload as (...a: unknown[]) => DeviceArray)(array, host[dtypeFrom]),
          );
        }
        return known.get(array)!;
      });
      args[name] = kind === 'arrays' ? arrays : arrays[0];
      if (role !== 'in') outputs.push(...arrays);
    }
    const encode = (array: DeviceArray): string =>
      Buffer.from(array.read().buffer).toString('base64');
    return {
      args,
      reset: () => known.forEach((array, values) => array.write(values as never)),
      bits: () => outputs.map(encode).join('|'),
      dispose: () => known.forEach((array) => array.dispose()),
    };
  };

  describe(cases.op, () => {
    it('survives every failure', () => {
      const { args, reset, bits, dispose } = prepare();
      ops[cases.op]!(args);
      const right = bits();
      reset();
      simt.faultPlan('');
      ops[cases.op]!(args);
      const counts = simt.callCounts();
      const { allocations } = simt.ledger();
      const fails = (plan: string, kind: new (...args: never[]) => Error, code: string): void => {
        tried++;
        reset();
        simt.faultPlan(plan);
        let thrown: unknown;
        try {
          ops[cases.op]!(args);
        } catch (error) {
          thrown = error;
        }
        simt.faultPlan('');
        expect(thrown, plan).toBeInstanceOf(kind);
        expect(thrown, plan).toMatchObject({ code });
        expect(simt.ledger().allocations, `${plan}: memory that is alive`).toBe(allocations);
        reset();
        ops[cases.op]!(args);
        expect(bits() === right, `${plan}: the next call`).toBe(true);
      };
      for (let n = 1; n <= (counts['allocate'] ?? 0); n++) {
        const twice = `allocate:${n}=${OUT_OF_MEMORY} allocate:${n + 1}=${OUT_OF_MEMORY}`;
        fails(twice, OutOfMemoryError, 'ERR_MEMORY');
      }
      for (const function_ of ['launch', 'upload', 'fill', 'copy']) {
        for (let n = 1; n <= Math.min(counts[function_] ?? 0, 40); n++) {
          fails(`${function_}:${n}=${REFUSED}`, DeviceError, 'ERR_DEVICE');
        }
      }
      reset();
      simt.faultPlan(`launch:1=${LOST}!`);
      tried++;
      const lost = expect.objectContaining({ code: 'ERR_DEVICE_LOST' });
      if ((counts['launch'] ?? 0) > 0) {
        expect(() => ops[cases.op]!(args)).toThrow(lost);
        expect(() => ops[cases.op]!(args)).toThrow(lost);
        expect(() => cuda.synchronize()).toThrow(lost);
      }
      simt.faultPlan('');
      dispose();
    });
  });
}

it('goes through every allocation of a device array', () => {
  const before = simt.ledger().allocations;
  const make = (): DeviceArray[] => [cuda.upload(new Float32Array(3)), cuda.empty('u8', 5)];
  for (let n = 1; n <= 2; n++) {
    simt.faultPlan(`allocate:${n}=2 allocate:${n + 1}=2`);
    expect(make).toThrow(OutOfMemoryError);
    tried++;
  }
  simt.faultPlan('upload:1=9');
  expect(make).toThrow(DeviceError);
  simt.faultPlan('');
  for (const array of make()) array.dispose();
  // The array of the second round that was made before the failure belongs to the collector.
  expect(simt.ledger().allocations).toBeLessThanOrEqual(before + 1);
});

it('100,000 arrays come and go without a trace', () => {
  const { allocations } = simt.ledger();
  cuda.empty('f32', 64).dispose();
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 100_000; i++) {
    const array = cuda.empty('f32', 64 + (i % 7));
    array.subarray(3).dispose();
    array.dispose();
  }
  expect(simt.ledger().allocations).toBe(allocations);
  // JavaScript objects wait for the collector: what may not grow is what they hold.
  expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
});
