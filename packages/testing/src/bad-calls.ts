// Wrong calls, generated from the descriptions: every argument of an op wrong in every way that its description
// forbids. `change` makes a legal call a wrong one.
import type { FieldDescription, OpDescription } from '@anacrusis/native';
import { fieldsOf, listed, type Numbers } from './compare.js';
import type { OpArgs, OpCases } from './op-cases.js';
import { Random } from './random.js';

export interface BadCall {
  what: string;
  /** The argument at fault; empty when it is one of two. */
  field: string;
  change: (args: OpArgs) => void;
}

const float16 = (globalThis as { Float16Array?: Float32ArrayConstructor }).Float16Array;
const kinds = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array, ...(float16 ? [float16] : []),
]; // prettier-ignore
const storage = { i32: Int32Array, u8: Uint8Array };

const notNumbers: unknown[] = [
  undefined, null, '3', 3n, true, {}, { valueOf: () => 3 }, [3], Symbol('3'),
]; // prettier-ignore
const notIntegers: unknown[] = [
  ...notNumbers, NaN, Infinity, -Infinity, 0.5, -0, -1, 2 ** 53, -(2 ** 53),
]; // prettier-ignore

export function setTo(name: string, what: string, value: unknown): BadCall {
  return { what: `${name} = ${what}`, field: name, change: (args) => void (args[name] = value) };
}

export function text(value: unknown): string {
  return typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : String(value);
}

export function badNumbers({ name, kind, lo, hi, loOpen }: FieldDescription): BadCall[] {
  const values = kind === 'real' ? [...notNumbers, NaN, Infinity, -Infinity] : notIntegers;
  const outside = [loOpen ? lo : lo - 1, hi + 1].filter((value) => Number.isFinite(value));
  const illegal = (value: unknown): boolean =>
    typeof value !== 'number' ||
    !(value >= lo && value <= hi && Number.isSafeInteger(value)) ||
    Object.is(value, -0);
  const wrong = values.filter((value) => kind === 'real' || illegal(value));
  return [...wrong, ...outside].map((value) => setTo(name, text(value), value));
}

/** Elements of an array by its shape, exactly; negative sizes count as none that fits. */
function elements(shape: string, args: OpArgs): bigint {
  return shape.split(',').reduce((product, size) => product * evaluate(size, args), 1n);
}

/** An expression of dims and whole numbers. */
function evaluate(expression: string, args: OpArgs): bigint {
  let total = 0n;
  for (const [, sign, product] of expression.matchAll(/([+-]?)([\w*]+)/g)) {
    const factors = product!.split('*').map((atom) => BigInt((args[atom] ?? atom) as number));
    const value = factors.reduce((a, b) => a * b, 1n);
    total += sign === '-' ? -value : value;
  }
  return total;
}

const HUGE = [2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1];

/** Sizes that are legal by themselves and do not fit the arrays, up to products that wrap around. */
export function badSizes(op: OpDescription, args: OpArgs): BadCall[] {
  const arrays = op.fields.filter(({ kind, name }) => kind === 'array' && args[name] != null);
  const contradicts = (changed: OpArgs): boolean =>
    arrays.some(
      ({ shape, name }) => elements(shape, changed) !== BigInt((args[name] as Numbers).length),
    );
  const dims = op.fields.filter(({ kind }) => kind === 'dim');
  const single = dims.flatMap(({ name, lo, hi }) => {
    const size = args[name] as number;
    return [size - 1, size + 1, 2 * size + 3, ...HUGE]
      .filter((n) => n >= lo && n <= hi && contradicts({ ...args, [name]: n }))
      .map((n) => setTo(name, String(n), n));
  });
  const pairs = arrays.flatMap(({ name, shape }): BadCall[] => {
    const [a, b] = shape.split(',').filter((size) => dims.some((dim) => dim.name === size));
    if (!a || !b || a === b) return [];
    // 2^32 x 2^32 is 0 in 64 bits, 65,536 x 65,536 is 0 in 32.
    return [2 ** 32, 2 ** 16].map((n) => ({
      what: `${a} = ${b} = ${n} for an empty ${name}`,
      field: '',
      change: (wrong) => {
        const empty = (args[name] as Numbers).subarray(0, 0);
        Object.assign(wrong, { [a]: n, [b]: n, [name]: empty });
      },
    }));
  });
  return [...single, ...pairs];
}

/** Buffers that shrink came after the compiler's library for this Node. */
interface ResizableBuffer extends ArrayBuffer {
  resize(bytes: number): void;
}
const Resizable = ArrayBuffer as unknown as new (
  bytes: number,
  options: { maxByteLength: number },
) => ResizableBuffer;

type Maker = Float32ArrayConstructor;
const makerOf = (array: Numbers): Maker => array.constructor as Maker;

function outOfBounds(like: Numbers): Numbers {
  const buffer = new Resizable(like.byteLength, { maxByteLength: like.byteLength });
  const view = new (makerOf(like))(buffer, 0, like.length);
  buffer.resize(0);
  return view;
}

export function detach(array: Numbers): void {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
}

function detached(like: Numbers): Numbers {
  const copy = like.slice();
  detach(copy);
  return copy;
}

/** Lengths that the sizes do not give. */
const otherLengths = ({ length }: { length: number }): number[] =>
  [length - 1, length + 1, length * 2, 0].filter((n) => n >= 0 && n !== length);

/** What no back end takes for an array. */
export function notArrays({ name, optional }: FieldDescription, array: Numbers): BadCall[] {
  const absent = optional ? [] : [setTo(name, 'undefined', undefined), setTo(name, 'null', null)];
  const objects: [string, unknown][] = [
    ['a number', 1], ['a string', 'x'], ['a plain array', Array.from(array)], ['an ArrayBuffer', new ArrayBuffer(array.byteLength)],
    ['a DataView', new DataView(new ArrayBuffer(array.byteLength))], ['a proxy', new Proxy(array, {})],
    ['a forged prototype', Object.create(Object.getPrototypeOf(array) as object)], ['a function', () => array],
  ]; // prettier-ignore
  return [...absent, ...objects.map(([what, value]) => setTo(name, what, value))];
}

/** Typed arrays that are not what a field of the host takes. */
export function badArrays(field: FieldDescription, array: Numbers): BadCall[] {
  const { name } = field;
  const otherKinds = kinds
    .filter((kind) => kind !== array.constructor)
    // Every item of a list of floats has its own type.
    .filter((kind) => field.kind !== 'arrays' || field.dtype !== 'floats' || kind !== Uint16Array)
    .map((kind) => setTo(name, kind.name, new kind(array.length)));
  const bytes =
    array instanceof Uint8Array ? [] : [setTo(name, 'a Buffer', Buffer.alloc(array.length))];
  const lengths = otherLengths(array).map((length) =>
    setTo(name, `${length} elements`, new (makerOf(array))(length)),
  );
  const lost = array.length === 0
    ? []
    : [setTo(name, 'detached', detached(array)), setTo(name, 'out of bounds', outOfBounds(array))]; // prettier-ignore
  return [...notArrays(field, array), ...otherKinds, ...bytes, ...lengths, ...lost];
}

/** Elements just outside of the range that the description gives, at both ends of the array. */
export function badElements(field: FieldDescription, array: Numbers, args: OpArgs): BadCall[] {
  const { name, valuesLo, valuesHi, dtype } = field;
  if (!valuesLo || array.length === 0) return [];
  const limits = [Number(evaluate(valuesLo, args)) - 1, Number(evaluate(valuesHi, args)) + 1];
  const storable = limits.filter((value) => value === storage[dtype as 'i32' | 'u8'].of(value)[0]);
  return storable.flatMap((value) =>
    [0, array.length - 1].map((at) => {
      const copy = array.slice();
      copy[at] = value;
      return setTo(name, `${value} at ${at}`, copy);
    }),
  );
}

/** Offsets of sequences that do not rise from 0 to the end. */
export function badOffsets({ name, onHost }: FieldDescription, array: Numbers): BadCall[] {
  if (name !== 'offsets' || !onHost || array.length < 2 || array.at(-1) === 0) return [];
  const last = array.length - 1;
  const changed = (what: string, at: number, value: number): BadCall => {
    const copy = array.slice();
    copy[at] = value;
    return setTo(name, what, copy);
  };
  return [
    changed('not from 0', 0, 1),
    changed('negative', 0, -1),
    changed('one short of the end', last, array[last]! - 1),
    changed('past the end', last, array[last]! + 1),
    ...(last > 1 ? [changed('falling', 1, array[last]! + 1), changed('below 0', 1, -1)] : []),
  ];
}

export function badLists(field: FieldDescription, list: Numbers[]): BadCall[] {
  const { name } = field;
  const items = list.length === 0 ? [] : badArrays({ ...field, optional: false }, list[0]!);
  const inside = items
    .filter(({ what }) => field.shape !== '' || !/elements|detached|bounds/.test(what))
    .map(({ what, change }): BadCall => ({
      what: `${what} as an item`,
      field: name,
      change: (args) => {
        const holder: OpArgs = {};
        change(holder);
        args[name] = [holder[name], ...list.slice(1)];
      },
    }));
  const shorter =
    field.shape === '' || list.length === 0 ? [] : [setTo(name, 'one item less', list.slice(1))];
  return [...notLists(field), ...inside, ...shorter];
}

export function notLists({ name, optional }: FieldDescription): BadCall[] {
  const whole = optional ? [] : [setTo(name, 'undefined', undefined)];
  return [...whole, setTo(name, 'a string', 'x'), setTo(name, 'an object', {})];
}

/** Outputs with other arguments that they may not share memory with: the same array, or one element apart. */
export function aliasPairs(
  op: OpDescription,
  args: OpArgs,
): [FieldDescription, FieldDescription][] {
  const arrays = op.fields.filter(({ kind, name }) => kind === 'array' && args[name] != null);
  const outputs = arrays.filter(
    ({ role, name }) => role !== 'in' && (args[name] as Numbers).length > 0,
  );
  return outputs.flatMap((output) =>
    arrays
      .filter((other) => {
        const [mine, theirs] = [args[output.name] as Numbers, args[other.name] as Numbers];
        const same = makerOf(mine) === makerOf(theirs) && mine.length === theirs.length;
        return other !== output && other.onHost === output.onHost && same;
      })
      .map((other): [FieldDescription, FieldDescription] => [output, other]),
  );
}

export const inPlace = (a: FieldDescription, b: FieldDescription): boolean =>
  a.inPlace === b.name || b.inPlace === a.name;

function badAliases(op: OpDescription, args: OpArgs): BadCall[] {
  return aliasPairs(op, args).flatMap(([output, other]) => {
    const array = args[output.name] as Numbers;
    const whole: BadCall = {
      what: `${output.name} is ${other.name}`,
      field: '',
      change: (a) => void (a[output.name] = a[other.name]),
    };
    const overlapping: BadCall = {
      what: `${output.name} overlaps ${other.name}`,
      field: '',
      change: (a) => {
        const both = new (makerOf(array))(array.length + 1);
        both.set(a[other.name] as Float32Array, 1);
        Object.assign(a, { [output.name]: both.subarray(0, -1), [other.name]: both.subarray(1) });
      },
    };
    return [...(inPlace(output, other) ? [] : [whole]), ...(array.length > 1 ? [overlapping] : [])];
  });
}

/** An argument that detaches the first array when it is read, after that array was. */
function detachingGetter(op: OpDescription, args: OpArgs): BadCall[] {
  const present = op.fields.filter(({ name, role }) => role === 'in' && args[name] != null);
  const first = present.find(
    ({ kind, name }) => kind === 'array' && (args[name] as Numbers).length > 0,
  );
  const last = present.at(-1);
  if (!first || !last || op.fields.indexOf(last) <= op.fields.indexOf(first)) return [];
  const change = (wrong: OpArgs): void => {
    const [array, value] = [wrong[first.name] as Numbers, wrong[last.name]];
    const copy = array.slice();
    wrong[first.name] = copy;
    Object.defineProperty(wrong, last.name, {
      enumerable: true,
      get: () => {
        if (copy.length > 0) detach(copy);
        return value;
      },
    });
  };
  return [{ what: `reading ${last.name} detaches ${first.name}`, field: '', change }];
}

const NO_NAMES = ['gama', '__proto__x', 'constructor2', '__proto__'];

/** Names that no op has, `__proto__` as a name of the object's own among them. */
export function unknownNames(): BadCall[] {
  return NO_NAMES.map((name) => ({
    what: `unknown ${name}`,
    field: name,
    change: (args) =>
      void Object.defineProperty(args, name, { value: 1, enumerable: true, configurable: true }),
  }));
}

/** Numbers, choices and flags: the same on every back end. */
export function badPlainValues(field: FieldDescription): BadCall[] {
  const { kind, name } = field;
  if (kind === 'dim' || kind === 'integer' || kind === 'real') return badNumbers(field);
  if (kind === 'choice') {
    return ['nope', '', 3, null, undefined, {}].map((v) => setTo(name, text(v), v));
  }
  if (kind === 'flag')
    return [0, 1, 'true', null, undefined, {}].map((v) => setTo(name, text(v), v));
  return [];
}

/** Every wrong call of an op on typed arrays. */
export function badCalls(op: OpDescription, args: OpArgs): BadCall[] {
  const perField = op.fields.flatMap((field): BadCall[] => {
    const value = args[field.name];
    if (field.kind === 'arrays') return value == null ? [] : badLists(field, value as Numbers[]);
    if (field.kind !== 'array') return badPlainValues(field);
    if (value == null) return [];
    const array = value as Numbers;
    const wrongElements = [...badElements(field, array, args), ...badOffsets(field, array)];
    return [...badArrays(field, array), ...wrongElements];
  });
  const between = [...badSizes(op, args), ...badAliases(op, args), ...detachingGetter(op, args)];
  return [...perField, ...between, ...unknownNames()];
}

/** Makes the call of an op that has the most arguments present, no empty array, and few elements. */
export function fullestCall(cases: OpCases): () => OpArgs {
  const score = (args: OpArgs): number => {
    const arrays = fieldsOf(cases.op).flatMap(({ name, kind }) =>
      kind === 'array' || kind === 'arrays' ? listed(args[name]) : [],
    );
    const elements = arrays.reduce((total, { length }) => total + length, 0);
    const empty = arrays.filter(({ length }) => length === 0).length;
    return Object.values(args).filter((v) => v != null).length - 100 * empty - elements / 1e6;
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
