import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { discountedReturns } from '../reference/discounted_returns.js';
import {
  scanArgs,
  scanCases,
  scanTolerance,
  statsTolerance,
  type ScanOptions,
} from '../scan-fixtures.js';

function args(random: Random, N: number, T: number, options: ScanOptions): OpArgs {
  return {
    ...scanArgs(random, N, T, options),
    returns: new Float32Array(N * T).fill(9),
  };
}

const cases: OpCases = {
  op: 'discounted_returns',
  source: 'Sutton and Barto eq. 3.8, summed forward',
  tolerance: {
    returns: scanTolerance,
    stats: statsTolerance,
  },
  cases: scanCases(args),
  reference: discountedReturns,
};

export default cases;
