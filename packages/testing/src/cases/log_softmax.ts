import type { OpCases } from '../op-cases.js';
import { logSoftmax } from '../reference/log_softmax.js';
import { softmaxRowCases } from '../softmax-rows.js';

const cases: OpCases = {
  op: 'log_softmax',
  source: 'x_j - log sum_k exp(x_k) in float64',
  tolerance: {
    abs: 5e-7,
    rel: 1.5e-7,
    because:
      'S to 4 ulp: exp 1.1, its shifted argument and the sum one each; x - max to half an ulp',
  },
  cases: softmaxRowCases,
  reference: logSoftmax,
};

export default cases;
