import type { OpCases } from '../op-cases.js';
import { philoxNormal } from '../reference/philox.js';

const options = [
  { mean: 0, std: 1 },
  { mean: -1.5, std: 0.02 },
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
  op: 'philox_normal',
  source: "SC'11 section 3.3 in BigInt; Box and Muller 1958 with float64 ln, sin and cos",
  tolerance: {
    abs: 1.5e-6,
    rel: 4e-7,
    because: 'float32 polynomials for ln, sin and cos, results up to 5.8',
  },
  cases: parts.flatMap(([n, seed, stream, offset]) =>
    options.map((option) => ({
      name: `${n} from ${seed}/${stream}/${offset}, ${Object.values(option).join(' ')}`,
      args: () => ({ n, seed, stream, offset, ...option, y: new Float32Array(n!) }),
    })),
  ),
  reference: philoxNormal,
};

export default cases;
