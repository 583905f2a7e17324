// Op cases as files for native/test/simt/run_cases.cpp: arguments, expected outputs and bounds, one file per op
// that has a kernel. Behind them calls that no caller may make, with no bounds: memory must be safe all the same. node scripts/simt/dump-cases.mjs <folder> [op ...]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  allOpCases,
  callsToSpoil,
  fieldsOf,
  hasKernel,
  listed,
  outputBounds,
  Random,
  wildCalls,
} from '@anacrusis/testing';

const dtypes = { f32: 1, f64: 2, i32: 3, u8: 4, bf16: 5, f16: 6 };

class Writer {
  #parts = [];

  bytes(array) {
    this.#parts.push(Buffer.from(array.buffer, array.byteOffset, array.byteLength));
  }
  u8(value) {
    this.#parts.push(Buffer.of(value));
  }
  u32(value) {
    this.bytes(Uint32Array.of(value));
  }
  i32(value) {
    this.bytes(Int32Array.of(value));
  }
  i64(value) {
    this.bytes(BigInt64Array.of(BigInt(value)));
  }
  f64(value) {
    this.bytes(Float64Array.of(value));
  }
  text(text) {
    const bytes = Buffer.from(text);
    this.u32(bytes.length);
    this.#parts.push(bytes);
  }
  all() {
    return Buffer.concat(this.#parts);
  }
}

function dtypeOf(array, field, args) {
  if (array instanceof Uint16Array) return args[field.dtypeFrom];
  if (array instanceof Float64Array) return 'f64';
  if (array instanceof Int32Array) return 'i32';
  return array instanceof Uint8Array ? 'u8' : 'f32';
}

function number(field, value) {
  if (field.kind === 'choice') return field.choices.split('|').indexOf(value);
  return Number(value);
}

/** Without `expected` any outputs will do. */
function dumpCase(writer, cases, fields, name, args, expected) {
  const seen = [];
  writer.text(name);
  for (const field of fields) {
    const value = args[field.name];
    writer.u8(value == null ? 0 : 1);
    if (value == null) continue;
    if (field.kind !== 'array' && field.kind !== 'arrays') {
      writer.f64(number(field, value));
      continue;
    }
    const judged = expected && field.role !== 'in';
    const bounds = judged ? outputBounds(cases, field.name, args, expected) : [];
    writer.u32(listed(value).length);
    listed(value).forEach((array, i) => {
      const dtype = dtypeOf(array, field, args);
      writer.u8(dtypes[dtype]);
      writer.i64(array.length);
      const same = seen.findIndex(
        (other) =>
          array.length > 0 &&
          other.buffer === array.buffer &&
          other.byteOffset === array.byteOffset,
      );
      writer.i32(same);
      if (same < 0) writer.bytes(array);
      seen.push(array);
      writer.u8(bounds[i] ? 1 : 0);
      writer.u8(bounds[i]?.decoded ? dtypes[dtype] : 0);
      if (!bounds[i]) return;
      writer.bytes(Float64Array.from(bounds[i].want));
      writer.bytes(Float64Array.from(bounds[i].bound));
    });
  }
}

/** Writes `<folder>/<op>.cases` for these ops, or for all that have a kernel; returns their names. */
export async function dumpCases(folder, only = []) {
  mkdirSync(folder, { recursive: true });
  const written = [];
  for (const cases of await allOpCases()) {
    if (!hasKernel(cases.op) || (only.length > 0 && !only.includes(cases.op))) continue;
    const writer = new Writer();
    writer.text(cases.op);
    const fields = fieldsOf(cases.op);
    writer.u32(fields.length);
    const wild = callsToSpoil(cases).flatMap((make) => [...wildCalls(cases.op, make)]);
    writer.u32(cases.cases.length + wild.length);
    cases.cases.forEach(({ name, args }, index) => {
      const make = () => args(new Random(index + 1));
      dumpCase(writer, cases, fields, name, make(), cases.reference(make()));
    });
    wild.forEach((args, i) => dumpCase(writer, cases, fields, `wild elements ${i + 1}`, args));
    writeFileSync(join(folder, `${cases.op}.cases`), writer.all());
    written.push(cases.op);
  }
  return written;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, ...ops] = process.argv.slice(2);
  const written = await dumpCases(folder, ops);
  writeFileSync(join(folder, 'ops.json'), JSON.stringify(written));
  console.log(`${written.length} ops in ${folder}`);
}
