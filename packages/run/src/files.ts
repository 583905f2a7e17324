import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createHash, type Hash } from 'node:crypto';

import { CheckpointError } from '@anacrusis/tensor';

const PIECE_BYTES = 1 << 20;

/**
 * Writes a whole file: it appears under its name only when its bytes are on the disk, and replaces
 * an older one in one step. After a failure the older one is intact.
 * @throws CheckpointError
 */
export function writeWhole(path: string, text: string): void {
  const bytes = Buffer.from(text);
  const partial = `${path}.partial-${process.pid}`;
  let fd: number | undefined;
  try {
    fd = openSync(partial, 'w');
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
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

/** Makes renames and removals inside a folder survive a loss of power. */
export function syncFolder(path: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    fsyncSync(fd);
  } catch (error) {
    throw CheckpointError.from(error, path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * The bytes of a plain file (never of what a link points to) of at most `maxBytes`.
 * @throws CheckpointError
 */
export function readPlain(path: string, maxBytes: number): Buffer {
  return withPlain(path, (fd, size) => {
    if (size > maxBytes) {
      throw new CheckpointError('tooLarge', path, `${size} bytes, at most ${maxBytes} are read`);
    }
    return readFileSync(fd);
  });
}

/** SHA-256 and length of a plain file, without holding it in memory. */
export function hashPlain(path: string): { bytes: number; sha256: string } {
  return withPlain(path, (fd) => {
    const hash = createHash('sha256');
    const piece = Buffer.alloc(PIECE_BYTES);
    let bytes = 0;
    for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece)) {
      hash.update(piece.subarray(0, count));
      bytes += count;
    }
    return { bytes, sha256: hash.digest('hex') };
  });
}

/** Length and SHA-256 of bytes as they pass by. */
export class Digest {
  private readonly hash: Hash = createHash('sha256');
  private bytes = 0;

  readonly update = (part: Uint8Array): void => {
    this.hash.update(part);
    this.bytes += part.byteLength;
  };

  finish(): { bytes: number; sha256: string } {
    return { bytes: this.bytes, sha256: this.hash.digest('hex') };
  }
}

function withPlain<T>(path: string, use: (fd: number, size: number) => T): T {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new CheckpointError('path', path, 'not a regular file');
    return use(fd, stat.size);
  } catch (error) {
    throw CheckpointError.from(error, path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
