// Bad input, generated from the descriptions: every argument of every op, wrong in every way that its
// description forbids. Each call must throw a typed error that names the argument and leave the outputs as they
// were, and a legal call after it must give the bits that it gave before.
import { ArgumentError, cpu, descriptions, type OpDescription } from '@anacrusis/native';
import {
  allOpCases,
  badCalls,
  fullestCall,
  listed,
  outputBits,
  type Numbers,
  type OpArgs,
} from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

const everyCase = await allOpCases();
const ops = cpu as unknown as Record<string, (args: OpArgs) => void | Promise<void>>;

let tried = 0;
let slowest = 0;

/** A small legal call whose bits nothing may change. */
function canary(): string {
  const args = { n: 33, x: Float32Array.from({ length: 33 }, (_, i) => i / 7 - 2), fn: 'silu' };
  const y = new Float32Array(33);
  ops['unary']!({ ...args, y });
  return outputBits('unary', { y });
}
const song = canary();

function problem(op: OpDescription, error: unknown, field: string): string | null {
  if (!(error instanceof ArgumentError)) return `threw ${String(error)}`;
  if (!/^ERR_[A-Z_]+$/.test(error.code) || !error.expected || !error.received)
    return `is vague: ${error.message}`;
  const names = error.parameter.replace(/\[.*/, '');
  const known = op.fields.some(({ name }) => name === names) || names === field;
  return known ? null : `names '${error.parameter}'`;
}

/** The arrays of a call, moved to where `place` puts them: outputs that are inputs stay so. */
function moved(op: OpDescription, args: OpArgs, place: (array: Numbers) => Numbers): OpArgs {
  const places = new Map<Numbers, Numbers>();
  const move = (array: Numbers): Numbers => {
    if (!places.has(array)) places.set(array, place(array));
    return places.get(array)!;
  };
  const result = { ...args };
  for (const { kind, name } of op.fields) {
    if (args[name] == null || (kind !== 'array' && kind !== 'arrays')) continue;
    result[name] = kind === 'array' ? move(args[name] as Numbers) : listed(args[name]).map(move);
  }
  return result;
}

function shared(array: Numbers): Numbers {
  const buffer = new SharedArrayBuffer(array.byteLength);
  const copy = new (array.constructor as Float32ArrayConstructor)(buffer);
  copy.set(array as Float32Array);
  return copy;
}

const shifted = (by: number) => (array: Numbers): Numbers => {
  const all = new (array.constructor as Float32ArrayConstructor)(array.length + by);
  all.set(array as Float32Array, by);
  return all.subarray(by);
}; // prettier-ignore

describe('bad input', () => {
  for (const cases of everyCase) {
    const op = descriptions.find(({ name }) => name === cases.op)!;
    const make = fullestCall(cases);

    it(`${cases.op}: refused, outputs untouched, the next call right`, async () => {
      const legal = make();
      ops[cases.op]!(legal);
      const right = outputBits(cases.op, legal);
      const problems: string[] = [];
      for (const { what, field, change } of badCalls(op, make())) {
        tried += 2;
        const args = make();
        change(args);
        const before = outputBits(cases.op, args);
        const began = performance.now();
        try {
          ops[cases.op]!(args);
          problems.push(`${what}: accepted`);
        } catch (error) {
          const found = problem(op, error, field);
          if (found) problems.push(`${what}: ${found}`);
        }
        slowest = Math.max(slowest, performance.now() - began);
        if (outputBits(cases.op, args) !== before) problems.push(`${what}: outputs touched`);
        const later = make();
        change(later);
        const found = await (ops[`${cases.op}_async`]!(later) as Promise<void>).then(
          () => 'accepted',
          (error: unknown) => problem(op, error, field),
        );
        if (found) problems.push(`async ${what}: ${found}`);
        if (canary() !== song) problems.push(`${what}: the canary sings another song`);
      }
      const again = make();
      ops[cases.op]!(again);
      if (outputBits(cases.op, again) !== right) problems.push('the legal call changed its result');
      expect(problems).toEqual([]);
    });

    it(`${cases.op}: same bits at every alignment and in shared memory`, () => {
      const legal = make();
      ops[cases.op]!(legal);
      const right = outputBits(cases.op, legal);
      const wrong = Array.from({ length: 16 }, (_, by) => by).filter((by) => {
        tried++;
        const args = moved(op, make(), shifted(by));
        ops[cases.op]!(args);
        return outputBits(cases.op, args) !== right;
      });
      expect(wrong, 'offsets in elements').toEqual([]);
      const args = moved(op, make(), shared);
      ops[cases.op]!(args);
      expect(outputBits(cases.op, args) === right, 'shared memory').toBe(true);
    });

    it(`${cases.op}: what a getter throws comes through`, () => {
      const thrown = new Error('from a getter');
      for (const { name } of op.fields) {
        tried++;
        const args = make();
        const get = (): never => {
          throw thrown;
        };
        Object.defineProperty(args, name, { enumerable: true, get });
        expect(() => ops[cases.op]!(args)).toThrow(thrown);
      }
    });
  }

  it('takes 10,000 asynchronous calls at once', async () => {
    const calls = Array.from({ length: 10_000 }, (_, i) => {
      const y = new Float32Array(3);
      const done = cpu.unary_async({ n: 3, x: Float32Array.of(i, 1, 2), fn: 'square', y });
      return done.then(() => y[0]);
    });
    const squares = await Promise.all(calls);
    expect(squares.every((value, i) => value === Math.fround(i * i))).toBe(true);
    tried += 10_000;
  });

  it('tried thousands of calls', () => {
    expect(tried).toBeGreaterThan(15_000);
    console.log(
      `bad-input calls tried: ${tried}; the slowest refusal took ${slowest.toFixed(1)} ms`,
    );
  });
});
