import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { EventFile } from '@anacrusis/run';
import { expect, test } from 'vitest';

import { crc32c, maskedCrc32c } from '../dist/crc32c.js';
import { scratch } from './scratch.js';

test('CRC-32C: the vectors of RFC 3720, B.4, and the check value of the algorithm', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(ascending)).toBe(0x46dd794e);
  expect(crc32c(ascending.toReversed())).toBe(0x113fdb5c);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(0))).toBe(0);
});

test('the mask turns right by 15 bits and adds a constant', () => {
  // Computed in exact integers from the definition in TensorFlow's crc32c.h.
  const crc = BigInt(crc32c(Buffer.from('123456789')));
  const turned = ((crc >> 15n) | (crc << 17n)) & 0xffffffffn;
  const expected = Number((turned + 0xa282ead8n) & 0xffffffffn);
  expect(maskedCrc32c(Buffer.from('123456789'))).toBe(expected);
});

test("writes the bytes that TensorBoard's own writer writes (golden/make_events.py)", () => {
  const file = new EventFile(scratch(), 1700000000.25, 301);
  file.scalars(0, 1700000001.5, { 'losses/policy_loss': -0.125, zähler: 0.1 });
  file.scalars(127, 1700000002.5, { a: NaN, b: Infinity, c: -Infinity, d: -0 });
  file.scalars(128, 1700000003.5, { ['x'.repeat(200)]: 1e-30 });
  file.scalars(2 ** 53 - 1, 1700000004.5, { last: 16777217 });
  file.scalars(5, 1700000005.5, {});
  file.close();
  const golden = readFileSync(new URL('golden/events.golden', import.meta.url));
  expect(readFileSync(file.path)).toEqual(golden);
});

test('a later file sorts after the earlier ones, whatever the clock says', () => {
  const dir = scratch();
  writeFileSync(join(dir, 'events.out.tfevents.1700000000.elsewhere'), '');
  for (const time of [1700000000.9, 1600000000, 1700000100]) new EventFile(dir, time).close();
  expect(
    readdirSync(dir)
      .toSorted()
      .map((name) => name.split('.')[3]),
  ).toEqual(['1700000000', '1700000001', '1700000002', '1700000100']);
});
