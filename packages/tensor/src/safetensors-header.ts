import type { CheckpointErrorCode } from './checkpoint-error.js';
import { DTYPE_BYTES, type SafetensorsDtype } from './named-array.js';

export interface HeaderEntry {
  name: string;
  dtype: SafetensorsDtype;
  shape: number[];
  begin: number;
  end: number;
}

export interface Header {
  metadata: Record<string, string>;
  entries: HeaderEntry[];
}

/** Refuses the file: throws, never returns. */
export type Refuse = (reason: string, code?: CheckpointErrorCode) => never;

/** Longest header of any file, in bytes (the limit of the reference implementation). */
export const FORMAT_MAX_HEADER = 100_000_000;

const MAX_RANK = 64;

/**
 * Reads a safetensors header. A parser for exactly this grammar and not `JSON.parse`, which hides
 * duplicate names, rounds integers above 2^53 and builds whatever nesting it is given.
 */
export function parseHeader(text: string, maxTensors: number, refuse: Refuse): Header {
  const scan = new Scanner(text, refuse);
  const entries = new Map<string, HeaderEntry>();
  let metadata: Map<string, string> | undefined;
  if (text[0] !== '{') refuse('header does not start with {');
  scan.object((name) => {
    if (name === '__metadata__') {
      if (metadata) refuse('duplicate key "__metadata__" in the header');
      metadata = readMetadata(scan, maxTensors, refuse);
      return;
    }
    if (entries.has(name)) refuse(`duplicate tensor ${quote(name)} in the header`);
    if (entries.size === maxTensors) refuse(`more than ${maxTensors} tensors`, 'tooLarge');
    entries.set(name, readEntry(scan, name, refuse));
  });
  scan.end();
  return { metadata: Object.fromEntries(metadata ?? []), entries: [...entries.values()] };
}

/** Number of elements of a shape; refused when a size or the product is not an exact integer. */
export function elementCount(shape: readonly number[], name: string, refuse: Refuse): number {
  if (shape.length > MAX_RANK) refuse(`tensor ${quote(name)}: more than ${MAX_RANK} dimensions`);
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      refuse(`tensor ${quote(name)}: dimension ${size} is not a size`);
    }
    count *= size;
    if (!Number.isSafeInteger(count * 8)) {
      refuse(`tensor ${quote(name)}: shape [${shape.join(', ')}] overflows`);
    }
  }
  return count;
}

export function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

function readMetadata(scan: Scanner, maxEntries: number, refuse: Refuse): Map<string, string> {
  const metadata = new Map<string, string>();
  scan.object((key) => {
    if (metadata.has(key)) refuse(`duplicate metadata key ${quote(key)}`);
    if (metadata.size === maxEntries)
      refuse(`more than ${maxEntries} metadata entries`, 'tooLarge');
    metadata.set(key, scan.string());
  });
  return metadata;
}

function readEntry(scan: Scanner, name: string, refuse: Refuse): HeaderEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scan.object((key) => {
    if (key === 'dtype' && dtype === undefined) dtype = scan.string();
    else if (key === 'shape' && shape === undefined) shape = scan.integers(MAX_RANK);
    else if (key === 'data_offsets' && offsets === undefined) offsets = scan.integers(2);
    else refuse(`tensor ${quote(name)}: unexpected or repeated key ${quote(key)}`);
  });
  if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
    return refuse(`tensor ${quote(name)}: expected dtype, shape and two data_offsets`);
  }
  if (!Object.hasOwn(DTYPE_BYTES, dtype)) {
    const known = Object.keys(DTYPE_BYTES).join(', ');
    refuse(`tensor ${quote(name)}: dtype ${quote(dtype)} is none of ${known}`);
  }
  const [begin, end] = offsets as [number, number];
  return { name, dtype: dtype as SafetensorsDtype, shape, begin, end };
}

class Scanner {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly refuse: Refuse,
  ) {}

  object(member: (key: string) => void): void {
    this.expect('{');
    if (this.accept('}')) return;
    do {
      const key = this.string();
      this.expect(':');
      member(key);
    } while (this.accept(','));
    this.expect('}');
  }

  integers(limit: number): number[] {
    const values: number[] = [];
    this.expect('[');
    if (this.accept(']')) return values;
    do {
      if (values.length === limit) this.fail(`at most ${limit} numbers`);
      values.push(this.integer());
    } while (this.accept(','));
    this.expect(']');
    return values;
  }

  string(): string {
    this.expect('"');
    const start = this.at - 1;
    for (; ; this.at++) {
      const unit = this.text.charCodeAt(this.at);
      if (unit === 0x22) break;
      if (unit === 0x5c) this.at++;
      if (!(unit >= 0x20)) this.fail('the end of a string');
    }
    this.at++;
    try {
      return JSON.parse(this.text.slice(start, this.at)) as string;
    } catch {
      return this.fail('a valid string', start);
    }
  }

  end(): void {
    this.skipSpace();
    if (this.at !== this.text.length) this.fail('nothing after the header object');
  }

  private integer(): number {
    this.skipSpace();
    const start = this.at;
    while (isDigit(this.text.charCodeAt(this.at))) this.at++;
    const digits = this.text.slice(start, Math.min(this.at, start + 20));
    const value = Number(digits);
    if (String(value) !== digits || !Number.isSafeInteger(value)) {
      this.fail('an integer from 0 to 2^53-1', start);
    }
    return value;
  }

  private accept(character: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private expect(character: string): void {
    if (!this.accept(character)) this.fail(character);
  }

  private skipSpace(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  private fail(expected: string, at = this.at): never {
    return this.refuse(`header: expected ${expected} at character ${at}`);
  }
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}
