import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { CheckpointError } from './checkpoint-error.js';
import { DTYPE_BYTES, type NamedArray } from './named-array.js';
import { FORMAT_MAX_HEADER, elementCount, parseHeader, quote } from './safetensors-header.js';
import type { HeaderEntry, Refuse } from './safetensors-header.js';

export interface SafetensorsFile {
  metadata: Record<string, string>;
  tensors: Map<string, NamedArray>;
}

export interface ReadSafetensorsOptions {
  /** Longest header accepted, in bytes (default 16 MiB; never above the format's 100,000,000). */
  maxHeaderBytes?: number;
  /** Most tensors accepted (default 100,000). */
  maxTensors?: number;
  /** Refuse a path that is a symbolic link (default false: model caches are made of links). */
  refuseLinks?: boolean;
  /** Called with every byte of the file in order, in pieces: for hashing in the same pass. */
  onBytes?: (bytes: Uint8Array) => void;
}

const PIECE_BYTES = 1 << 24;
const IN_MEMORY = '<bytes>';

/**
 * Reads a safetensors file (https://huggingface.co/docs/safetensors) from memory or from a path.
 * Bytes in memory are not copied where their alignment allows; a path is read tensor by tensor.
 * Everything is checked before a tensor is touched: header length, names, types, shapes, and that
 * the ranges cover the data exactly once.
 * @throws CheckpointError naming the file and the reason
 */
export function readSafetensors(
  source: Uint8Array | string,
  options: ReadSafetensorsOptions = {},
): SafetensorsFile {
  if (typeof source !== 'string') {
    return read({ name: IN_MEMORY, size: source.byteLength, take: takeFrom(source) }, options);
  }
  const noFollow = options.refuseLinks ? constants.O_NOFOLLOW : 0;
  let fd: number | undefined;
  try {
    fd = openSync(source, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new CheckpointError('path', source, 'not a regular file');
    return read({ name: source, size: stat.size, take: takeFromFile(fd, source) }, options);
  } catch (error) {
    throw CheckpointError.from(error, source);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

interface Source {
  name: string;
  size: number;
  /** The next `length` bytes, at an offset that is a multiple of `alignment`. */
  take: (length: number, alignment: number, onBytes?: (bytes: Uint8Array) => void) => Uint8Array;
}

function read(source: Source, options: ReadSafetensorsOptions): SafetensorsFile {
  const { maxHeaderBytes = 1 << 24, maxTensors = 100_000, onBytes } = options;
  const refuse: Refuse = (reason, code = 'corrupt') => {
    throw new CheckpointError(code, source.name, reason);
  };
  if (source.size < 8) refuse(`${source.size} bytes: too short for a safetensors file`);
  const prefix = source.take(8, 1, onBytes);
  const view = new DataView(prefix.buffer, prefix.byteOffset, 8);
  const headerBytes = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (headerBytes > source.size - 8) {
    refuse(`header of ${headerBytes} bytes in a file of ${source.size}`);
  }
  const limit = Math.min(maxHeaderBytes, FORMAT_MAX_HEADER);
  if (headerBytes > limit) refuse(`header of ${headerBytes} bytes, limit ${limit}`, 'tooLarge');
  const text = decodeUtf8(source.take(headerBytes, 1, onBytes), refuse);
  const { metadata, entries } = parseHeader(text, maxTensors, refuse);
  checkRanges(entries, source.size - 8 - headerBytes, refuse);
  const tensors = new Map<string, NamedArray>(entries.map((entry) => [entry.name, NONE]));
  for (const { name, dtype, shape, begin, end } of inFileOrder(entries)) {
    const data = source.take(end - begin, DTYPE_BYTES[dtype], onBytes);
    tensors.set(name, { dtype, shape, data });
  }
  return { metadata, tensors };
}

/** Holds a tensor's place in header order until its bytes are read in file order. */
const NONE: NamedArray = { dtype: 'U8', shape: [0], data: new Uint8Array() };

function inFileOrder(entries: readonly HeaderEntry[]): HeaderEntry[] {
  return entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
}

function checkRanges(entries: readonly HeaderEntry[], size: number, refuse: Refuse): void {
  let covered = 0;
  for (const { name, dtype, shape, begin, end } of inFileOrder(entries)) {
    const tensor = `tensor ${quote(name)}`;
    if (begin < covered) refuse(`${tensor}: bytes ${begin}-${end} overlap another tensor`);
    if (begin > covered) refuse(`${tensor}: bytes ${covered}-${begin} belong to no tensor`);
    if (end < begin || end > size) {
      refuse(`${tensor}: bytes ${begin}-${end} are outside the ${size} bytes of data`);
    }
    const expected = elementCount(shape, name, refuse) * DTYPE_BYTES[dtype];
    if (end - begin !== expected) {
      refuse(`${tensor}: ${dtype} [${shape.join(', ')}] is ${expected} bytes, not ${end - begin}`);
    }
    covered = end;
  }
  if (covered !== size) refuse(`${size - covered} bytes after the last tensor`);
}

function takeFrom(source: Uint8Array): Source['take'] {
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  let at = 0;
  return (length, alignment, onBytes) => {
    const part = bytes.subarray(at, at + length);
    at += length;
    onBytes?.(part);
    return part.byteOffset % alignment === 0 ? part : new Uint8Array(part);
  };
}

function takeFromFile(fd: number, path: string): Source['take'] {
  return (length, _alignment, onBytes) => {
    const bytes = allocate(length, path);
    for (let at = 0; at < length;) {
      const part = bytes.subarray(at, at + PIECE_BYTES);
      const count = readSync(fd, part);
      if (count === 0) throw new CheckpointError('corrupt', path, 'file ended while it was read');
      onBytes?.(part.subarray(0, count));
      at += count;
    }
    return bytes;
  };
}

function allocate(length: number, path: string): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (error) {
    const reason = `a tensor of ${length} bytes does not fit in memory`;
    throw new CheckpointError('tooLarge', path, reason, { cause: error });
  }
}

function decodeUtf8(bytes: Uint8Array, refuse: Refuse): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('header is not UTF-8');
  }
}
