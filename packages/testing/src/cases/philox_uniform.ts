import type { OpCases } from '../op-cases.js';
import { philoxUniform } from '../reference/philox.js';

const options = [
  { lo: 0, hi: 1 },
  { lo: -3.5, hi: 0.25 },
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
  op: 'philox_uniform',
  source: "SC'11 section 3.3 in BigInt; linear map of 24 bits",
  tolerance: { abs: 2e-7, rel: 1e-7, because: 'bounds and result are rounded to float32' },
  cases: parts.flatMap(([n, seed, stream, offset]) =>
    options.map((option) => ({
      name: `${n} from ${seed}/${stream}/${offset}, ${Object.values(option).join(' ')}`,
      args: () => ({ n, seed, stream, offset, ...option, y: new Float32Array(n!) }),
    })),
  ),
  reference: philoxUniform,
};

export default cases;
