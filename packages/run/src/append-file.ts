import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';

import { CheckpointError } from '@anacrusis/tensor';

/** A file that grows by whole records. */
export class AppendFile {
  private fd: number | undefined;

  /** @throws CheckpointError; with `mustBeNew` also (`exists`) */
  constructor(
    readonly path: string,
    { mustBeNew = false }: { mustBeNew?: boolean } = {},
  ) {
    try {
      this.fd = openSync(path, mustBeNew ? 'ax' : 'a');
    } catch (error) {
      throw CheckpointError.from(error, path);
    }
  }

  /**
   * Appends all of the record; after a failure the file ends as it did before.
   * @throws CheckpointError
   */
  append(record: Buffer): void {
    this.use((fd) => {
      const before = fstatSync(fd).size;
      try {
        for (let at = 0; at < record.length;) at += writeSync(fd, record, at);
      } catch (error) {
        ftruncateSync(fd, before);
        throw error;
      }
    });
  }

  sync(): void {
    this.use(fsyncSync);
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private use(action: (fd: number) => void): void {
    if (this.fd === undefined) throw new CheckpointError('io', this.path, 'the file is closed');
    try {
      action(this.fd);
    } catch (error) {
      throw CheckpointError.from(error, this.path);
    }
  }
}
