import type { OpCases } from '../op-cases.js';
import { softmax } from '../reference/softmax.js';
import { softmaxRowCases } from '../softmax-rows.js';

const cases: OpCases = {
  op: 'softmax',
  source: 'exp(x_j) / sum_k exp(x_k) in float64 (Bridle 1990)',
  tolerance: {
    abs: 1e-9,
    rel: 3e-6,
    because: 'x - max is rounded: relative 6e-8 * |x - max|, |x - max| < 30; then exp 1.1 ulp',
  },
  cases: softmaxRowCases,
  reference: softmax,
};

export default cases;
