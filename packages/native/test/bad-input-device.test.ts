// Bad input to the device back end, on the SIMT emulator: the same descriptions, device arrays instead of typed
// arrays. Every wrong call must throw a typed error that names the argument, leave the outputs as they were and
// launch nothing; element values are found on the device and thrown by the next call that waits.
import {
  ArgumentError,
  descriptions,
  device,
  DeviceArray,
  type FieldDescription,
  type OpDescription,
} from '@anacrusis/native';
import {
  aliasPairs, allOpCases, badArrays, badElements, badOffsets, badPlainValues, badSizes, fullestCall, inPlace, listed,
  notArrays, notLists, setTo, unknownNames, useEmulator,
  type BadCall, type Numbers, type OpArgs,
} from '@anacrusis/testing'; // prettier-ignore
import { afterAll, describe, expect, it } from 'vitest';

const simt = useEmulator();
const cuda = device('cuda:0');
const other = device('cuda:1');
const ops = cuda.ops as unknown as Record<string, (args: OpArgs) => void | Promise<void>>;
const everyCase = (await allOpCases()).filter(
  ({ op }) => descriptions.find(({ name }) => name === op)!.onCuda,
);

let tried = 0;
afterAll(() => console.log(`bad-input calls tried on the device back end: ${tried}`));

const isArray = ({ kind }: FieldDescription): boolean => kind === 'array' || kind === 'arrays';
const upload = (to: typeof cuda, host: Numbers, dtype: string): DeviceArray =>
  (to.upload as (...given: unknown[]) => DeviceArray)(host, dtype);
const dtypeOf = ({ dtype, dtypeFrom }: FieldDescription, args: OpArgs): string =>
  dtype === 'floats' ? (args[dtypeFrom] as string) : dtype;

/** A call with its arrays uploaded, moved by `shift` elements; outputs that are inputs stay so. */
function uploaded(op: OpDescription, args: OpArgs, shift = 0): OpArgs {
  const known = new Map<Numbers, DeviceArray>();
  const result = { ...args };
  for (const field of op.fields.filter((f) => isArray(f) && !f.onHost && args[f.name] != null)) {
    const move = (host: Numbers): DeviceArray => {
      if (!known.has(host)) {
        const all = new (host.constructor as Float32ArrayConstructor)(host.length + shift);
        all.set(host as Float32Array, shift);
        const whole = upload(cuda, all, dtypeOf(field, args));
        known.set(host, shift === 0 ? whole : whole.subarray(shift));
        if (shift > 0) whole.dispose();
      }
      return known.get(host)!;
    };
    const value = args[field.name];
    result[field.name] = Array.isArray(value)
      ? (value as Numbers[]).map(move)
      : move(value as Numbers);
  }
  return result;
}

function dispose(args: OpArgs): void {
  for (const value of Object.values(args).flat()) if (value instanceof DeviceArray) value.dispose();
}

function bits(op: OpDescription, args: OpArgs): string {
  return op.fields
    .filter(({ role, name }) => role !== 'in' && args[name] != null)
    .flatMap(({ name }) => listed(args[name]) as unknown as DeviceArray[])
    .map((array) => Buffer.from(array.read().buffer).toString('base64'))
    .join('|');
}

/** Device arrays that a field does not take. */
function badDeviceArrays(field: FieldDescription, host: Numbers, args: OpArgs): BadCall[] {
  const { name } = field;
  const own = dtypeOf(field, args);
  const otherTypes = (['f32', 'f64', 'i32', 'u8', 'bf16', 'f16'] as const)
    .filter((dtype) => dtype !== own)
    // Every item of a list of floats has its own type.
    .filter(
      (dtype) => field.kind !== 'arrays' || field.dtype !== 'floats' || !/f32|f16/.test(dtype),
    )
    .map((dtype) => setTo(name, dtype, cuda.empty(dtype, host.length)));
  const lengths = [host.length - 1, host.length + 1, 2 * host.length, 0]
    .filter((length) => length >= 0 && length !== host.length)
    .map((length) => setTo(name, `${length} elements`, cuda.empty(own as 'f32', length)));
  const gone = upload(cuda, host, own);
  gone.dispose();
  return [
    ...notArrays(field, host),
    setTo(name, 'a typed array', host),
    ...otherTypes,
    ...lengths,
    setTo(name, 'disposed of', gone),
  ];
}

function badDeviceLists(field: FieldDescription, list: Numbers[], args: OpArgs): BadCall[] {
  const items =
    list.length === 0 ? [] : badDeviceArrays({ ...field, optional: false }, list[0]!, args);
  const inside = items
    .filter(({ what }) => field.shape !== '' || !/elements/.test(what))
    .map(({ what, change }): BadCall => ({
      what: `${what} as an item`,
      field: field.name,
      change: (call) => {
        const holder: OpArgs = {};
        change(holder);
        call[field.name] = [holder[field.name], ...(call[field.name] as unknown[]).slice(1)];
      },
    }));
  return [...notLists(field), ...inside];
}

/** Wrong calls of the device back end: `args` is the legal call on typed arrays. */
function badCalls(op: OpDescription, args: OpArgs): BadCall[] {
  const perField = op.fields.flatMap((field): BadCall[] => {
    const value = args[field.name];
    if (!isArray(field)) return badPlainValues(field);
    if (value == null) return [];
    if (field.kind === 'arrays') return badDeviceLists(field, value as Numbers[], args);
    const host = value as Numbers;
    if (!field.onHost) return badDeviceArrays(field, host, args);
    const onDevice = setTo(field.name, 'a device array', upload(cuda, host, field.dtype));
    return [
      ...badArrays(field, host),
      onDevice,
      ...badElements(field, host, args),
      ...badOffsets(field, host),
    ];
  });
  const plain = badSizes(op, args).filter(({ field }) => field !== '');
  const aliases = aliasPairs(op, args)
    .filter(([output, input]) => !output.onHost && !inPlace(output, input))
    .map(([output, input]): BadCall => ({
      what: `${output.name} is ${input.name}`,
      field: '',
      change: (call) => void (call[output.name] = call[input.name]),
    }));
  return [...perField, ...plain, ...aliases, ...unknownNames()];
}

/** One array on another device. */
function mixed(op: OpDescription, args: OpArgs): BadCall[] {
  const arrays = op.fields.filter((f) => f.kind === 'array' && !f.onHost && args[f.name] != null);
  if (arrays.length < 2) return [];
  return arrays.map((field) =>
    setTo(
      field.name,
      'on cuda:1',
      upload(other, args[field.name] as Numbers, dtypeOf(field, args)),
    ),
  );
}

function problem(op: OpDescription, error: unknown, field: string): string | null {
  const { code, message, parameter } = error as ArgumentError;
  if (code === 'ERR_DEVICE_MIXED')
    return /cuda:0/.test(message) && /cuda:1/.test(message) ? null : message;
  if (!(error instanceof ArgumentError)) return `threw ${String(error)}`;
  const names = parameter.replace(/\[.*/, '');
  return op.fields.some(({ name }) => name === names) || names === field
    ? null
    : `names '${parameter}'`;
}

describe('bad input on a device', () => {
  for (const cases of everyCase) {
    const op = descriptions.find(({ name }) => name === cases.op)!;
    const make = fullestCall(cases);

    it(`${cases.op}: refused, nothing launched, outputs untouched`, async () => {
      const host = make();
      const problems: string[] = [];
      const legal = uploaded(op, host);
      const before = bits(op, legal);
      const { launches } = simt.ledger();
      for (const { what, field, change } of [...badCalls(op, host), ...mixed(op, host)]) {
        tried += 2;
        const args = { ...legal };
        change(args);
        try {
          ops[cases.op]!(args);
          problems.push(`${what}: accepted`);
        } catch (error) {
          const found = problem(op, error, field);
          if (found) problems.push(`${what}: ${found}`);
        }
        const found = await (ops[`${cases.op}_async`]!(args) as Promise<void>).then(
          () => 'accepted',
          (error: unknown) => problem(op, error, field),
        );
        if (found) problems.push(`async ${what}: ${found}`);
      }
      expect(problems).toEqual([]);
      expect(simt.ledger().launches, 'kernels launched').toBe(launches);
      expect(bits(op, legal) === before, 'outputs untouched').toBe(true);
      dispose(legal);
    });

    it(`${cases.op}: illegal elements are thrown by the next wait, by name`, () => {
      const host = make();
      for (const field of op.fields.filter((f) => f.kind === 'array' && !f.onHost && f.valuesLo)) {
        if (host[field.name] == null) continue;
        for (const { what, change } of badElements(field, host[field.name] as Numbers, host)) {
          tried++;
          const wrong = { ...make() };
          change(wrong);
          const args = uploaded(op, wrong);
          ops[cases.op]!(args);
          let thrown: unknown;
          try {
            cuda.synchronize();
          } catch (error) {
            thrown = error;
          }
          expect(thrown, what).toMatchObject({ code: 'ERR_RANGE', op: cases.op });
          expect((thrown as ArgumentError).parameter).toMatch(new RegExp(`^${field.name}\\[`));
          dispose(args);
        }
      }
    });

    it(`${cases.op}: same bits at every alignment`, () => {
      const run = (shift: number): string => {
        tried++;
        const args = uploaded(op, make(), shift);
        ops[cases.op]!(args);
        const result = bits(op, args);
        dispose(args);
        return result;
      };
      const right = run(0);
      const wrong = [1, 2, 3, 4, 5, 7, 8, 15].filter((shift) => run(shift) !== right);
      expect(wrong, 'offsets in elements').toEqual([]);
    });
  }
});
