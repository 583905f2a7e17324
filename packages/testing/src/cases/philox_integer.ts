import type { OpCases } from '../op-cases.js';
import { philoxInteger } from '../reference/philox.js';

const options = [
  { lo: 0, hi: 5 },
  { lo: -7, hi: -7 },
  { lo: -(2 ** 31), hi: 2 ** 31 - 1 },
];

/** [n, seed, stream, offset]: around a block and a group of blocks; counters and keys of two words. */
const parts = [
  [0, 1, 2, 3],
  [1, 0, 0, 0],
  [7, 12345, 6, 1],
  [131, 2 ** 53 - 1, 2 ** 53 - 1, 2 ** 34 - 3],
  [66, 7, 2 ** 32, 2],
];

const cases: OpCases = {
  op: 'philox_integer',
  source: "SC'11 section 3.3 and the scaling of 64 bits, in BigInt",
  tolerance: { abs: 0, rel: 0, because: 'integers' },
  cases: parts.flatMap(([n, seed, stream, offset]) =>
    options.map((option) => ({
      name: `${n} from ${seed}/${stream}/${offset}, ${Object.values(option).join(' ')}`,
      args: () => ({ n, seed, stream, offset, ...option, y: new Int32Array(n!) }),
    })),
  ),
  reference: philoxInteger,
};

export default cases;
