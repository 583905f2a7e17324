// Out-of-range access by the CPU's kernels: every array of every op case lies flush against pages that nobody may touch,
// once behind its end and once before its start. A kernel that reads or writes beyond ends the process, a child. The
// pages are those that V8 reserves around the memory of WebAssembly. Expected bits are those of ordinary arrays.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const program = `
  import { cpu } from ${JSON.stringify(import.meta.resolve('@anacrusis/native'))};
  import { allOpCases, fieldsOf, listed, outputBits, Random } from ${JSON.stringify(import.meta.resolve('@anacrusis/testing'))};
  import { writeSync } from 'node:fs';

  const PAGE = 65536, MOST = 20_000;
  const memories = [];
  function guarded(array, index, atEnd) {
    memories[index] ??= new WebAssembly.Memory({ initial: 1, maximum: 64 });
    const memory = memories[index];
    const missing = Math.ceil(array.byteLength / PAGE) - memory.buffer.byteLength / PAGE;
    if (missing > 0) memory.grow(missing);
    const { buffer } = memory;
    const start = atEnd ? buffer.byteLength - array.byteLength : 0;
    const copy = new array.constructor(buffer, start, array.length);
    copy.set(array);
    return copy;
  }
  function moved(op, args, atEnd) {
    const places = new Map();
    const move = (array) => {
      if (!places.has(array)) places.set(array, guarded(array, places.size, atEnd));
      return places.get(array);
    };
    const result = { ...args };
    for (const { kind, name } of fieldsOf(op)) {
      if (args[name] == null || (kind !== 'array' && kind !== 'arrays')) continue;
      result[name] = kind === 'array' ? move(args[name]) : listed(args[name]).map(move);
    }
    return result;
  }
  let calls = 0;
  for (const { op, cases } of await allOpCases()) {
    for (const [index, { name, args: make }] of cases.entries()) {
      const args = () => make(new Random(index + 1));
      const plain = args();
      const arrays = Object.values(plain).flatMap(listed).filter(ArrayBuffer.isView);
      if (arrays.length > 60 || arrays.some(({ length }) => length > MOST)) continue;
      writeSync(2, op + ', ' + name + '\\n');
      cpu[op](plain);
      for (const atEnd of [true, false]) {
        const here = moved(op, args(), atEnd);
        cpu[op](here);
        calls++;
        if (outputBits(op, here) !== outputBits(op, plain)) throw new Error(op + ', ' + name + ': other bits');
      }
    }
  }
  console.log(calls);`;

it('no kernel reads or writes beyond its arrays', { timeout: 300_000 }, () => {
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const last = child.stderr.trim().split('\n').slice(-8).join('\n');
  expect(child.signal, `the call that came last:\n${last}`).toBeNull();
  expect(child.status, last).toBe(0);
  expect(Number(child.stdout)).toBeGreaterThan(5000);
});
