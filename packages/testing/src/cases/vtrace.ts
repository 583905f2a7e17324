import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { vtrace } from '../reference/vtrace.js';
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
    logp: random.f32(N * T, 0.7),
    behavior_logp: random.f32(N * T, 0.7),
    lambda: options.lambda ?? 0.95,
    rho_bar: options.variant === 3 ? 0.8 : 1.1,
    c_bar: options.variant === 2 ? 0.7 : 1,
    pg_rho_bar: options.variant === 1 ? 2 : 0.9,
    delta: options.variant === 3 ? 'reward' : 'td_error',
    advantage: options.variant === 1 ? 'target' : 'policy_gradient',
    advantages: new Float32Array(N * T).fill(9),
    targets: options.variant === 2 ? undefined : new Float32Array(N * T).fill(9),
  };
}

const cases: OpCases = {
  op: 'vtrace',
  source: '1802.01561 eq. 1 and section 4.2, sums and products forward from every step',
  tolerance: {
    advantages: scanTolerance,
    targets: scanTolerance,
    stats: statsTolerance,
  },
  cases: scanCases(args),
  reference: vtrace,
};

export default cases;
