import { attentionArgs, attentionShapes } from '../attention-fixtures.js';
import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { causalAttention } from '../reference/causal_attention.js';

type Shape = (typeof attentionShapes)[number];

function args(random: Random, shape: Shape, scale?: number): OpArgs {
  const input = attentionArgs(random, shape, scale);
  const [H, , D] = shape;
  return { ...input, y: new Float32Array(input.T * H * D), lse: new Float32Array(H * input.T) };
}

const shape: Shape = [4, 2, 24, [37, 90]];

/** Keys and values of some tokens are NaN: what comes before them in their sequence does not see it. */
function spoilt(random: Random): OpArgs {
  const input = args(random, shape);
  const { k, v } = input as { k: Float32Array; v: Float32Array };
  const width = 2 * 24;
  for (const token of [20, 36, 37 + 33, 37 + 61]) {
    k.fill(NaN, token * width + 5, token * width + 9);
    v.fill(NaN, (token - 1) * width + 30, token * width);
  }
  return input;
}

const cases: OpCases = {
  op: 'causal_attention',
  source: '1706.03762 eq. 1 with a causal mask, one query at a time',
  tolerance: {
    abs: 1e-5,
    rel: 1e-6,
    because: 'float32 scores up to 20 in size: exp amplifies their rounding',
  },
  cases: [
    ...attentionShapes.map((sizes) => ({
      name: `H${sizes[0]} Hkv${sizes[1]} D${sizes[2]} lengths ${sizes[3].join(' ')}`,
      args: (random: Random) => args(random, sizes),
    })),
    { name: 'negative scale', args: (random) => args(random, shape, -0.4) },
    { name: 'NaN in the future', args: spoilt },
    { name: 'scale 0: a plain mean', args: (random) => args(random, shape, 0) },
  ],
  reference: causalAttention,
};

export default cases;
