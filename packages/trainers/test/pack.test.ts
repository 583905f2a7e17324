import { packSequences } from '@anacrusis/trainers';
import { expect, it } from 'vitest';

it('packs sequences and points every response token at the row before it', () => {
  // Written by hand: prompts [1 2 3] and [4], responses [5 6] and [7 8 9].
  const packed = packSequences([
    { ids: [1, 2, 3, 5, 6], promptLength: 3 },
    { ids: [4, 7, 8, 9], promptLength: 1 },
  ]);
  expect([...packed.ids]).toEqual([1, 2, 3, 5, 6, 4, 7, 8, 9]);
  expect([...packed.offsets]).toEqual([0, 5, 9]);
  expect([...packed.targets]).toEqual([5, 6, 7, 8, 9]);
  expect([...packed.rows]).toEqual([2, 3, 5, 6, 7]);
  expect([...packed.responseOffsets]).toEqual([0, 2, 5]);
});
