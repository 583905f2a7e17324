// Bad input, generated from the descriptions: every argument of every op, wrong in every way that its
// description forbids. Each call must throw a typed error that names the argument and leave the
// outputs as they were, and the next legal call must give the bits it gave before.
import {
  ArgumentError,
  cpu,
  descriptions,
  type FieldDescription,
  type OpDescription,
} from '@anacrusis/native';
import { allOpCases, Random, type OpArgs, type OpCases } from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;
interface Bad {
  what: string;
  change: (args: OpArgs) => void;
}

const everyCase = await allOpCases();
const ops = cpu as unknown as Record<string, (args: OpArgs) => void | Promise<void>>;

const kinds = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array,
]; // prettier-ignore
const kindOf = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u8: Uint8Array,
  none: null,
  floats: null,
};

const notNumbers: unknown[] = [
  undefined,
  null,
  '3',
  3n,
  true,
  {},
  { valueOf: () => 3 },
  [3],
  Symbol('3'),
];
const notIntegers: unknown[] = [
  ...notNumbers,
  NaN,
  Infinity,
  -Infinity,
  0.5,
  -0,
  -1,
  2 ** 53,
  -(2 ** 53),
];

function setTo(name: string, what: string, value: unknown): Bad {
  return { what: `${name} = ${what}`, change: (args) => void (args[name] = value) };
}

function text(value: unknown): string {
  return typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : String(value);
}

function badNumbers({ name, kind, lo, hi, loOpen }: FieldDescription): Bad[] {
  const values = kind === 'real' ? [...notNumbers, NaN, Infinity, -Infinity] : notIntegers;
  const outside = [loOpen ? lo : lo - 1, hi + 1].filter((value) => Number.isFinite(value));
  const illegal = (value: unknown): boolean =>
    typeof value !== 'number' ||
    !(value >= lo && value <= hi && Number.isSafeInteger(value)) ||
    Object.is(value, -0);
  return [...values.filter((value) => kind === 'real' || illegal(value)), ...outside].map((value) =>
    setTo(name, text(value), value),
  );
}

/** Buffers that shrink came after the compiler's library for this Node. */
interface ResizableBuffer extends ArrayBuffer {
  resize(bytes: number): void;
}
const Resizable = ArrayBuffer as unknown as new (
  bytes: number,
  options: { maxByteLength: number },
) => ResizableBuffer;

function outOfBounds(like: Numbers): Numbers {
  const buffer = new Resizable(like.byteLength, { maxByteLength: like.byteLength });
  const view = new (like.constructor as Float32ArrayConstructor)(buffer, 0, like.length);
  buffer.resize(0);
  return view;
}

function detached(like: Numbers): Numbers {
  const copy = like.slice();
  structuredClone(copy.buffer, { transfer: [copy.buffer as ArrayBuffer] });
  return copy;
}

function badArrays(field: FieldDescription, array: Numbers): Bad[] {
  const { name } = field;
  const absent = field.optional
    ? []
    : [setTo(name, 'undefined', undefined), setTo(name, 'null', null)];
  const objects: [string, unknown][] = [
    ['a number', 1], ['a string', 'x'], ['a plain array', Array.from(array)], ['an ArrayBuffer', new ArrayBuffer(array.byteLength)],
    ['a DataView', new DataView(new ArrayBuffer(array.byteLength))], ['a proxy', new Proxy(array, {})],
    ['a forged prototype', Object.create(Object.getPrototypeOf(array) as object)],
  ]; // prettier-ignore
  const otherKinds = kinds
    .filter((kind) => kind !== array.constructor)
    .map((kind) => setTo(name, kind.name, new kind(array.length)));
  const same = array.constructor as Float32ArrayConstructor;
  const lengths = [array.length - 1, array.length + 1, array.length * 2, 0]
    .filter((length) => length >= 0 && length !== array.length)
    .map((length) => setTo(name, `${length} elements`, new same(length)));
  const lost =
    array.length === 0
      ? []
      : [
          setTo(name, 'detached', detached(array)),
          setTo(name, 'out of bounds', outOfBounds(array)),
        ];
  return [
    ...absent,
    ...objects.map(([what, value]) => setTo(name, what, value)),
    ...otherKinds,
    ...lengths,
    ...lost,
  ];
}

function badElements(
  { name, valuesLo, valuesHi, dtype }: FieldDescription,
  array: Numbers,
  args: OpArgs,
): Bad[] {
  if (!valuesLo || array.length === 0) return [];
  const evaluate = (expression: string): number =>
    Number(new Function(...Object.keys(args), `return ${expression}`)(...Object.values(args)));
  const limits = [evaluate(valuesLo) - 1, evaluate(valuesHi) + 1];
  const storable = limits.filter((value) => value === kindOf[dtype]!.of(value)[0]);
  return storable.flatMap((value) =>
    [0, array.length - 1].map((at) => {
      const copy = array.slice();
      copy[at] = value;
      return setTo(name, `${value} at ${at}`, copy);
    }),
  );
}

function badLists(field: FieldDescription, list: Numbers[]): Bad[] {
  const { name } = field;
  const items =
    list.length === 0 ? [] : badArrays({ ...field, optional: false, kind: 'array' }, list[0]!);
  const inside = items
    .filter(({ what }) => field.shape !== '' || !/elements|detached|bounds/.test(what))
    .map(({ what, change }): Bad => ({
      what: `${what} as an item`,
      change: (args) => {
        const holder: OpArgs = {};
        change(holder);
        args[name] = [holder[name], ...list.slice(1)];
      },
    }));
  const whole = field.optional ? [] : [setTo(name, 'undefined', undefined)];
  const shorter =
    field.shape === '' || list.length === 0 ? [] : [setTo(name, 'one item less', list.slice(1))];
  return [
    ...whole,
    setTo(name, 'a string', 'x'),
    setTo(name, 'an object', {}),
    ...inside,
    ...shorter,
  ];
}

function badAliases(op: OpDescription, args: OpArgs): Bad[] {
  const arrays = op.fields.filter(({ kind, name }) => kind === 'array' && args[name] != null);
  return arrays
    .filter(({ role, name }) => role !== 'in' && (args[name] as Numbers).length > 0)
    .flatMap((output) =>
      arrays
        .filter((other) => {
          const [mine, theirs] = [args[output.name] as Numbers, args[other.name] as Numbers];
          const allowed = output.inPlace === other.name || other.inPlace === output.name;
          return (
            other !== output &&
            other.dtype === output.dtype &&
            mine.length === theirs.length &&
            !allowed
          );
        })
        .map((other): Bad => ({
          what: `${output.name} is ${other.name}`,
          change: (a) => void (a[output.name] = a[other.name]),
        })),
    );
}

function badOf(op: OpDescription, args: OpArgs): { field: string; bad: Bad }[] {
  const perField = op.fields.flatMap((field) => {
    const value = args[field.name];
    const bads = (): Bad[] => {
      switch (field.kind) {
        case 'dim':
        case 'integer':
        case 'real':
          return badNumbers(field);
        case 'choice':
          return ['nope', '', 3, null, undefined, {}].map((v) => setTo(field.name, text(v), v));
        case 'flag':
          return [0, 1, 'true', null, undefined, {}].map((v) => setTo(field.name, text(v), v));
        case 'arrays':
          return value == null ? [] : badLists(field, value as Numbers[]);
        case 'array':
          if (value == null) return [];
          return [
            ...badArrays(field, value as Numbers),
            ...badElements(field, value as Numbers, args),
          ];
      }
    };
    return bads().map((bad) => ({ field: field.name, bad }));
  });
  const unknown = ['gama', '__proto__x', 'constructor2'].map((name) => ({
    field: name,
    bad: setTo(name, 'unknown', 1),
  }));
  return [...perField, ...badAliases(op, args).map((bad) => ({ field: '', bad })), ...unknown];
}

/** The call of an op that has the most arguments present and no empty array. */
function fullest(cases: OpCases): () => OpArgs {
  const score = (args: OpArgs): number => {
    const values = Object.values(args);
    const isEmpty = (v: unknown): boolean => ArrayBuffer.isView(v) && (v as Numbers).length === 0;
    const elements = values.reduce(
      (total: number, v) => total + (ArrayBuffer.isView(v) ? v.byteLength : 0),
      0,
    );
    return (
      values.filter((v) => v != null).length - 100 * values.filter(isEmpty).length - elements / 1e7
    );
  };
  const makers = cases.cases.map(
    ({ args }, i) =>
      () =>
        args(new Random(i + 1)),
  );
  return makers
    .map((make) => ({ make, score: score(make()) }))
    .sort((a, b) => b.score - a.score)[0]!.make;
}

function bytesOf(value: unknown): string {
  if (!ArrayBuffer.isView(value) || value.byteLength === 0) return '';
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}

function outputBits(op: OpDescription, args: OpArgs): string {
  return op.fields
    .filter(({ role, name }) => role !== 'in' && args[name] != null)
    .flatMap(({ name }) => (Array.isArray(args[name]) ? (args[name] as unknown[]) : [args[name]]))
    .map(bytesOf)
    .join('|');
}

let tried = 0;

describe('bad input', () => {
  for (const cases of everyCase) {
    const op = descriptions.find(({ name }) => name === cases.op)!;
    const make = fullest(cases);

    function* badCalls(): Generator<{ what: string; field: string; args: OpArgs; before: string }> {
      for (const { field, bad } of badOf(op, make())) {
        const args = make();
        bad.change(args);
        yield { what: bad.what, field, args, before: outputBits(op, args) };
      }
    }

    const problem = (error: unknown, field: string): string | null => {
      if (!(error instanceof ArgumentError)) return `threw ${String(error)}`;
      if (!/^ERR_[A-Z_]+$/.test(error.code) || !error.expected || !error.received)
        return `is vague: ${error.message}`;
      const names = error.parameter.replace(/\[.*/, '');
      const known = op.fields.some(({ name }) => name === names) || names === field;
      return known ? null : `names '${error.parameter}'`;
    };

    it(`${cases.op}: refused, outputs untouched, the next call right`, async () => {
      const legal = make();
      ops[cases.op]!(legal);
      const right = outputBits(op, legal);
      const problems: string[] = [];
      for (const { what, field, args, before } of badCalls()) {
        tried++;
        try {
          ops[cases.op]!(args);
          problems.push(`${what}: accepted`);
        } catch (error) {
          const found = problem(error, field);
          if (found) problems.push(`${what}: ${found}`);
        }
        if (outputBits(op, args) !== before) problems.push(`${what}: outputs touched`);
      }
      for (const { what, field, args } of badCalls()) {
        tried++;
        const found = await (ops[`${cases.op}_async`]!(args) as Promise<void>).then(
          () => 'accepted',
          (error: unknown) => problem(error, field),
        );
        if (found) problems.push(`async ${what}: ${found}`);
      }
      const again = make();
      ops[cases.op]!(again);
      if (outputBits(op, again) !== right) problems.push('the legal call changed its result');
      expect(problems).toEqual([]);
    });
  }

  it('tried thousands of calls', () => {
    expect(tried).toBeGreaterThan(2000);
    console.log(`bad-input calls tried: ${tried}`);
  });
});
