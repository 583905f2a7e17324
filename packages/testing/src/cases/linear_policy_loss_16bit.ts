import { linearPolicyLossBounds } from '../bounds/linear.js';
import type { FloatType } from '../floats.js';
import { drawnLinear, linearPolicyArgs, withoutUncounted } from '../linear-fixtures.js';
import type { OpArgs, OpCases } from '../op-cases.js';
import { objectives } from '../policy-fixtures.js';
import type { Random } from '../random.js';
import { linearPolicyLoss } from '../reference/linear_logits.js';

const types: FloatType[] = ['bf16', 'f16'];
// tokens, vocabulary, hidden: around panels of 16, tiles of 128, slabs of 2,048 and product depths of 256
const shapes = [
  [0, 5, 3], [1, 1, 1], [3, 7, 5], [15, 17, 16], [16, 127, 17], [17, 128, 15], [33, 129, 63], [31, 41, 64],
  [47, 257, 65], [5, 100, 257], [7, 2047, 3], [20, 2049, 5], [270, 9, 4], [301, 6, 21],
]; // prettier-ignore

function unread(r: Random, dtype: FloatType): OpArgs {
  const made = linearPolicyArgs(r, 29, 37, 19, { dtype });
  return withoutUncounted(made, made.weights as Float32Array, ['old_logp', 'advantages']);
}

const cases: OpCases = {
  op: 'linear_policy_loss',
  source:
    'product and softmax by definition, the papers of the objectives, the chain rule, in float64',
  tolerance: {
    abs: 0,
    rel: 1e-7,
    because: 'bounds/linear.ts, with what a device rounds to 16 bits; results are float32',
  },
  cases: [
    ...types.flatMap((dtype) => [
      ...shapes.flatMap(([T, V, D]) =>
        [0, 40_000].map((workspace) => ({
          name: `${T} tokens, V ${V}, D ${D}, ${dtype}, ${workspace} bytes`,
          args: (r: Random) => linearPolicyArgs(r, T!, V!, D!, { dtype, workspace }),
        })),
      ),
      ...objectives.map((objective) => ({
        name: `${objective} ${dtype}`,
        args: (r: Random) => linearPolicyArgs(r, 41, 19, 12, { dtype }, { objective }),
      })),
      ...(['k1', 'k2', 'k3'] as const).map((kl) => ({
        name: `${kl} ${dtype}`,
        args: (r: Random) => linearPolicyArgs(r, 41, 19, 12, { dtype }, { kl }),
      })),
      {
        name: `targets outside ${dtype}`,
        args: (r: Random) => linearPolicyArgs(r, 83, 5, 7, { dtype, outside: true }),
      },
      {
        name: `on top of a gradient ${dtype}`,
        args: (r: Random) =>
          linearPolicyArgs(r, 37, 43, 9, { dtype, accumulate: true, workspace: 0 }),
      },
      {
        name: `frozen head ${dtype}`,
        args: (r: Random) => linearPolicyArgs(r, 37, 43, 9, { dtype, frozen: true }),
      },
      { name: `tokens that do not count ${dtype}`, args: (r: Random) => unread(r, dtype) },
    ]),
    ...drawnLinear(40, types, linearPolicyArgs),
  ],
  reference: (a) => ({ ...linearPolicyLoss(a), ...linearPolicyLossBounds(a) }),
};

export default cases;
