import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { CheckpointError } from '@anacrusis/tensor';

/** The bytes of a regular file of at most `limit` bytes. @throws CheckpointError */
export function readBytes(path: string, limit: number): Uint8Array {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new CheckpointError('path', path, 'not a regular file');
    if (stat.size > limit) {
      throw new CheckpointError('tooLarge', path, `${stat.size} bytes, limit ${limit}`);
    }
    return readFileSync(fd);
  } catch (error) {
    throw CheckpointError.from(error, path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** A file with one JSON object. @throws CheckpointError */
export function readJsonObject(path: string, limit: number): Record<string, unknown> {
  const bytes = readBytes(path, limit);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const reason = `not JSON: ${(error as Error).message}`;
    throw new CheckpointError('corrupt', path, reason, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CheckpointError('corrupt', path, 'expected a JSON object');
  }
  return value as Record<string, unknown>;
}

/** Writes a file that appears under its name only when it is complete. @throws CheckpointError */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const partial = `${path}.partial-${process.pid}`;
  try {
    writeFileSync(partial, content, { flush: true });
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw CheckpointError.from(error, path);
  }
}
