import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { gae } from '../reference/gae.js';
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
    gae_lambda: options.lambda ?? 0.9,
    masked: options.variant === 1 ? 'carry' : 'zero',
    advantages: new Float32Array(N * T).fill(9),
    returns: options.variant === 2 ? undefined : new Float32Array(N * T).fill(9),
  };
}

const cases: OpCases = {
  op: 'gae',
  source: '1506.02438 eq. 11-16, summed forward from every step instead of by the recursion',
  tolerance: {
    advantages: scanTolerance,
    returns: scanTolerance,
    stats: statsTolerance,
  },
  cases: scanCases(args),
  reference: gae,
};

export default cases;
