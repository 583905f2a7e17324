import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { CheckpointError } from '@anacrusis/tensor';

import { AppendFile } from './append-file.js';
import { maskedCrc32c } from './crc32c.js';

const FILE_NAME = /^events\.out\.tfevents\.(\d+)\./;

/** A TensorBoard event file with scalars: TFRecord framing around `tensorflow.Event` messages. */
export class EventFile {
  private readonly file: AppendFile;

  /**
   * Starts a new file in the folder, named to be read after those that are there. With
   * `continuesAt`, TensorBoard drops points of earlier files from that step on.
   */
  constructor(folder: string, wallTime: number, continuesAt?: number) {
    this.file = new AppendFile(join(folder, nextName(folder, wallTime)), { mustBeNew: true });
    const version = bytesField(3, Buffer.from('brain.Event:2'));
    this.file.append(frame(encodeEvent(wallTime, 0, version)));
    if (continuesAt !== undefined) {
      const sessionStart = bytesField(7, varintField(1, 1));
      this.file.append(frame(encodeEvent(wallTime, continuesAt, sessionStart)));
    }
  }

  get path(): string {
    return this.file.path;
  }

  scalars(step: number, wallTime: number, values: Readonly<Record<string, number>>): void {
    const summary = Object.entries(values).map(([tag, value]) => {
      const simpleValue = Buffer.alloc(5);
      simpleValue[0] = (2 << 3) | 5;
      simpleValue.writeFloatLE(value, 1);
      return bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), simpleValue]));
    });
    this.file.append(frame(encodeEvent(wallTime, step, bytesField(5, Buffer.concat(summary)))));
  }

  sync(): void {
    this.file.sync();
  }

  close(): void {
    this.file.close();
  }
}

function nextName(folder: string, wallTime: number): string {
  try {
    const times = readdirSync(folder).map((name) => Number(FILE_NAME.exec(name)?.[1] ?? 0));
    const time = Math.max(Math.floor(wallTime), ...times.map((last) => last + 1));
    return `events.out.tfevents.${String(time).padStart(10, '0')}.anacrusis`;
  } catch (error) {
    throw CheckpointError.from(error, folder);
  }
}

/** TFRecord: length, its checksum, data, its checksum. */
function frame(data: Buffer): Buffer {
  const record = Buffer.alloc(16 + data.length);
  record.writeBigUInt64LE(BigInt(data.length));
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  data.copy(record, 12);
  record.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return record;
}

/** `tensorflow.Event`: wall_time = 1 (double), step = 2 (int64), then one of its payloads. */
function encodeEvent(wallTime: number, step: number, payload: Buffer): Buffer {
  const time = Buffer.alloc(9);
  time[0] = (1 << 3) | 1;
  time.writeDoubleLE(wallTime, 1);
  return Buffer.concat([time, step === 0 ? Buffer.alloc(0) : varintField(2, step), payload]);
}

function varintField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Buffer.from([...bytes, value]);
}
