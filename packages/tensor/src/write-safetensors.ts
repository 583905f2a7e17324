import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

import { CheckpointError } from './checkpoint-error.js';
import { DTYPE_BYTES, type NamedArray } from './named-array.js';
import { FORMAT_MAX_HEADER, elementCount, quote, type Refuse } from './safetensors-header.js';

export interface WriteSafetensorsOptions {
  metadata?: Record<string, string>;
  /** Called with every byte written in order, in pieces: for hashing in the same pass. */
  onBytes?: (bytes: Uint8Array) => void;
}

const PIECE_BYTES = 1 << 24;
const IN_MEMORY = '<bytes>';

/**
 * The bytes of a safetensors file. Tensors are laid out by falling element size, then by name, and
 * the data starts at a multiple of 8: every tensor is aligned to its type.
 * @throws CheckpointError (`invalid`) when a tensor's bytes, shape or name cannot be written
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NamedArray>,
  metadata?: Record<string, string>,
): Uint8Array {
  const pieces = layOut(tensors, metadata, IN_MEMORY);
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

/**
 * Writes the same bytes to a file without building them in memory. The file appears under its name
 * only when it is complete and on the disk; after a failure an older file of that name is intact.
 * @throws CheckpointError (`noSpace`, `access`, `io`, `invalid`, ...)
 */
export function writeSafetensorsFile(
  path: string,
  tensors: ReadonlyMap<string, NamedArray>,
  { metadata, onBytes }: WriteSafetensorsOptions = {},
): void {
  const pieces = layOut(tensors, metadata, path);
  const partial = `${path}.partial-${process.pid}`;
  let fd: number | undefined;
  try {
    fd = openSync(partial, 'w');
    for (const piece of pieces) {
      for (let at = 0; at < piece.byteLength;) {
        const part = piece.subarray(at, at + PIECE_BYTES);
        const written = writeSync(fd, part);
        onBytes?.(part.subarray(0, written));
        at += written;
      }
    }
    fsyncSync(fd);
    closeSync(fd);
    fd = undefined;
    renameSync(partial, path);
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    rmSync(partial, { force: true });
    throw CheckpointError.from(error, path);
  }
}

function layOut(
  tensors: ReadonlyMap<string, NamedArray>,
  metadata: Record<string, string> | undefined,
  file: string,
): Uint8Array[] {
  const refuse: Refuse = (reason) => {
    throw new CheckpointError('invalid', file, reason);
  };
  const sorted = [...tensors].toSorted(
    ([nameA, a], [nameB, b]) =>
      DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || (nameA < nameB ? -1 : 1),
  );
  const members: string[] = metadata ? [`"__metadata__":${metadataText(metadata, refuse)}`] : [];
  let begin = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    checkWritable(name, { dtype, shape, data }, refuse);
    const end = begin + data.byteLength;
    const info = JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
    members.push(`${JSON.stringify(name)}:${info}`);
    begin = end;
  }
  const json = Buffer.from(`{${members.join(',')}}`);
  const head = Buffer.alloc(8 + Math.ceil(json.byteLength / 8) * 8, ' ');
  if (head.byteLength - 8 > FORMAT_MAX_HEADER) refuse(`header of ${json.byteLength} bytes`);
  head.writeBigUInt64LE(BigInt(head.byteLength - 8));
  json.copy(head, 8);
  return [head, ...sorted.map(([, { data }]) => data)];
}

function checkWritable(name: string, { dtype, shape, data }: NamedArray, refuse: Refuse): void {
  const tensor = `tensor ${quote(name)}`;
  if (name === '__metadata__') refuse(`${tensor}: the name is reserved`);
  if (Buffer.from(name).toString() !== name) refuse(`${tensor}: the name has no UTF-8 form`);
  if (!Object.hasOwn(DTYPE_BYTES, dtype)) refuse(`${tensor}: unknown dtype ${String(dtype)}`);
  if (!(data instanceof Uint8Array)) refuse(`${tensor}: data must be a Uint8Array of raw bytes`);
  const expected = elementCount(shape, name, refuse) * DTYPE_BYTES[dtype];
  if (data.byteLength !== expected) {
    const form = `${dtype} [${shape.join(', ')}]`;
    refuse(`${tensor}: ${form} is ${expected} bytes, received ${data.byteLength}`);
  }
}

function metadataText(metadata: Record<string, string>, refuse: Refuse): string {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      refuse(`metadata ${quote(key)}: expected a string, received ${typeof value}`);
    }
  }
  return JSON.stringify(metadata);
}
