import { attentionArgs, attentionShapes } from '../attention-fixtures.js';
import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { causalAttention, causalAttentionBackward } from '../reference/causal_attention.js';

function args(random: Random, sizes: (typeof attentionShapes)[number], scale?: number): OpArgs {
  const input = attentionArgs(random, sizes, scale);
  const forward = causalAttention(input) as Record<'y' | 'lse', Float64Array>;
  const [H, Hkv, D] = sizes;
  return {
    ...input,
    y: Float32Array.from(forward.y),
    lse: Float32Array.from(forward.lse),
    dy: random.f32(input.T * H * D),
    dq: new Float32Array(input.T * H * D).fill(NaN),
    dk: new Float32Array(input.T * Hkv * D).fill(NaN),
    dv: new Float32Array(input.T * Hkv * D).fill(NaN),
  };
}

const cases: OpCases = {
  op: 'causal_attention_backward',
  source: 'chain rule through 1706.03762 eq. 1, one query at a time',
  tolerance: {
    abs: 4e-5,
    rel: 4e-6,
    because: 'float32 scores up to 20 in size, sums over 260 queries',
  },
  cases: [
    ...attentionShapes.map((sizes) => ({
      name: `H${sizes[0]} Hkv${sizes[1]} D${sizes[2]} lengths ${sizes[3].join(' ')}`,
      args: (random: Random) => args(random, sizes),
    })),
    { name: 'negative scale', args: (random) => args(random, [4, 2, 24, [37, 90]], -0.4) },
  ],
  reference: causalAttentionBackward,
};

export default cases;
