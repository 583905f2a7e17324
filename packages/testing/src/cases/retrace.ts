import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { retrace } from '../reference/retrace.js';
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
    q_values: random.f32(N * T),
    logp: random.f32(N * T, 0.7),
    behavior_logp: random.f32(N * T, 0.7),
    lambda: options.lambda ?? 0.95,
    advantages: new Float32Array(N * T).fill(9),
    targets: options.variant === 2 ? undefined : new Float32Array(N * T).fill(9),
  };
}

const cases: OpCases = {
  op: 'retrace',
  source: '1606.02647 eq. 3-4, sums and products forward from every step',
  tolerance: {
    advantages: scanTolerance,
    targets: scanTolerance,
    stats: statsTolerance,
  },
  cases: scanCases(args),
  reference: retrace,
};

export default cases;
