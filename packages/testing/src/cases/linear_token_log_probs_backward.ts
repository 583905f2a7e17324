import { linearTokenLogProbsBackwardBounds } from '../bounds/linear.js';
import type { FloatType } from '../floats.js';
import { drawnLinear, linearBackwardArgs, withoutUncounted } from '../linear-fixtures.js';
import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { linearTokenLogProbsBackward } from '../reference/linear_logits.js';

const types: FloatType[] = ['f32'];
// tokens, vocabulary, hidden: around panels of 16, tiles of 128, slabs of 2,048 and product depths of 256
const shapes = [
  [0, 5, 3], [1, 1, 1], [3, 7, 5], [15, 17, 16], [16, 127, 17], [17, 128, 15], [33, 129, 63], [31, 41, 64],
  [47, 257, 65], [5, 100, 257], [7, 2047, 3], [20, 2049, 5], [270, 9, 4], [301, 6, 21],
]; // prettier-ignore

function unread(r: Random, dtype: FloatType): OpArgs {
  const made = linearBackwardArgs(r, 29, 37, 19, { dtype, entropy: false });
  return withoutUncounted(made, made.dlogp as Float32Array, []);
}

const cases: OpCases = {
  op: 'linear_token_log_probs_backward',
  source: 'chain rule through the product and the softmax in float64',
  tolerance: {
    abs: 0,
    rel: 1e-7,
    because: 'bounds/linear.ts; results are float32',
  },
  cases: [
    ...types.flatMap((dtype) => [
      ...shapes.flatMap(([T, V, D]) =>
        [0, 40_000].map((workspace) => ({
          name: `${T} tokens, V ${V}, D ${D}, ${dtype}, ${workspace} bytes`,
          args: (r: Random) => linearBackwardArgs(r, T!, V!, D!, { dtype, workspace }),
        })),
      ),
      {
        name: `ignored targets ${dtype}`,
        args: (r: Random) => linearBackwardArgs(r, 83, 5, 7, { dtype, outside: true }),
      },
      {
        name: `on top of a gradient ${dtype}`,
        args: (r: Random) =>
          linearBackwardArgs(r, 37, 43, 9, { dtype, accumulate: true, workspace: 0 }),
      },
      {
        name: `frozen head ${dtype}`,
        args: (r: Random) => linearBackwardArgs(r, 37, 43, 9, { dtype, frozen: true }),
      },
      {
        name: `without entropy ${dtype}`,
        args: (r: Random) => linearBackwardArgs(r, 37, 43, 9, { dtype, entropy: false }),
      },
      { name: `tokens that do not count ${dtype}`, args: (r: Random) => unread(r, dtype) },
    ]),
    ...drawnLinear(50, types, linearBackwardArgs),
  ],
  reference: (a) => ({
    ...linearTokenLogProbsBackward(a),
    ...linearTokenLogProbsBackwardBounds(a),
  }),
};

export default cases;
