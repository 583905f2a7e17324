import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { tdLambda } from '../reference/td_lambda.js';
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
    values: random.f32(N * T),
    lambda: options.lambda ?? 0.9,
    returns: new Float32Array(N * T).fill(9),
  };
}

const cases: OpCases = {
  op: 'td_lambda',
  source: 'Sutton and Barto eq. 12.3: the weighted mean of all n-step returns',
  tolerance: {
    returns: scanTolerance,
    stats: statsTolerance,
  },
  cases: scanCases(args),
  reference: tdLambda,
};

export default cases;
