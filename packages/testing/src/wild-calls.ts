// Calls whose index and flag arrays hold what no caller may give: on a device nobody checks their elements, so a kernel
// must guard its memory against any of them.
import { descriptions } from '@anacrusis/native';
import type { OpArgs, OpCases } from './op-cases.js';
import { Random } from './random.js';

const wild = [-1, 2 ** 31 - 1, 0, -(2 ** 31), 1, 2 ** 20, 255, -(2 ** 20)];

/** The arrays of an op whose elements nobody checks on a device. */
export function uncheckedArrays(op: string): string[] {
  const { onCuda, fields } = descriptions.find(({ name }) => name === op)!;
  if (!onCuda) return [];
  return fields
    .filter(
      ({ kind, role, dtype, onHost }) =>
        kind === 'array' && role === 'in' && !onHost && (dtype === 'i32' || dtype === 'u8'),
    )
    .map(({ name }) => name);
}

/** Elements of the arrays of a call. */
function size(args: OpArgs): number {
  return Object.values(args).reduce<number>(
    (sum, value) => sum + (ArrayBuffer.isView(value) ? (value as Uint8Array).length : 0),
    0,
  );
}

/** The smallest and the largest legal call of those that are not empty and not too large. */
export function callsToSpoil({ op, cases }: OpCases): (() => OpArgs)[] {
  const names = uncheckedArrays(op);
  const usable = cases
    .map(
      ({ args }) =>
        () =>
          args(new Random(2)),
    )
    .map((make) => ({ make, made: make() }))
    .filter(({ made }) =>
      names.every((name) => made[name] == null || (made[name] as Int32Array).length > 0),
    )
    .map(({ make, made }) => ({ make, elements: size(made) }))
    .filter(({ elements }) => elements < 30_000)
    .sort((x, y) => x.elements - y.elements);
  return [usable.at(0), usable.at(-1)].flatMap((found) => (found ? [found.make] : []));
}

/** A legal call with each of its unchecked arrays spoilt in turn, until it has held every wild value and every size. */
export function* wildCalls(op: string, make: () => OpArgs): Generator<OpArgs> {
  const sizes = Object.values(make()).filter((value) => Number.isInteger(value)) as number[];
  const values = [...new Set([...wild, ...sizes])];
  for (const name of uncheckedArrays(op)) {
    for (let next = 0; next < values.length;) {
      const called = make();
      const array = called[name] as Int32Array | undefined;
      if (!array) break;
      array.forEach((_, i) => (array[i] = values[next++ % values.length]!));
      yield called;
    }
  }
}
