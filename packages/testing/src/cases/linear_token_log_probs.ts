import { linearTokenLogProbsBounds } from '../bounds/linear.js';
import type { FloatType } from '../floats.js';
import { drawnLinear, linearForwardArgs } from '../linear-fixtures.js';
import type { OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { linearTokenLogProbs } from '../reference/linear_logits.js';

const types: FloatType[] = ['f32'];
// tokens, vocabulary, hidden: around panels of 16, tiles of 128, product depths of 256 and chunks of 512
const shapes = [
  [0, 5, 3], [1, 1, 1], [1, 2, 1], [3, 7, 5], [15, 17, 16], [16, 127, 17], [17, 128, 15], [33, 129, 31],
  [31, 41, 64], [47, 257, 33], [5, 300, 255], [7, 40, 256], [9, 39, 257], [19, 523, 8], [513, 19, 4], [530, 9, 3],
]; // prettier-ignore

const cases: OpCases = {
  op: 'linear_token_log_probs',
  source: 'product in float64, then the definition of softmax, log-probability and entropy',
  tolerance: {
    abs: 0,
    rel: 1e-7,
    because: 'bounds/linear.ts; results are float32',
  },
  cases: [
    ...types.flatMap((dtype) => [
      ...shapes.map(([T, V, D]) => ({
        name: `${T} tokens, V ${V}, D ${D}, ${dtype}`,
        args: (r: Random) => linearForwardArgs(r, T!, V!, D!, { dtype }),
      })),
      {
        name: `ignored targets ${dtype}`,
        args: (r: Random) => linearForwardArgs(r, 83, 5, 7, { dtype, outside: true }),
      },
      {
        name: `hot ${dtype}`,
        args: (r: Random) => linearForwardArgs(r, 11, 43, 9, { dtype, temperature: 7.5 }),
      },
      {
        name: `logp alone ${dtype}`,
        args: (r: Random) => ({
          ...linearForwardArgs(r, 11, 43, 9, { dtype }),
          ...{ entropy: undefined, lse: undefined },
        }),
      },
    ]),
    ...drawnLinear(70, types, linearForwardArgs),
  ],
  reference: (a) => ({ ...linearTokenLogProbs(a), ...linearTokenLogProbsBounds(a) }),
};

export default cases;
