import type { OpArgs, OpCases } from '../op-cases.js';
import type { Random } from '../random.js';
import { tokenLogProbs } from '../reference/token_log_probs.js';

function args(r: Random, T: number, V: number, temperature: number, scale = 3): OpArgs {
  return {
    T,
    V,
    logits: r.f32(T * V, scale),
    targets: r.i32(T, 0, V - 1),
    temperature,
    logp: new Float32Array(T),
    entropy: new Float32Array(T),
    lse: new Float32Array(T),
  };
}

/** A third of the logits replaced; the target may be among them, the first token never is. */
function withSome(r: Random, value: number, made: OpArgs): OpArgs {
  const logits = made.logits as Float32Array;
  for (let i = 0; i < logits.length; i++) {
    if (i % (made.V as number) > 0 && r.uniform() < 0.3) logits[i] = value;
  }
  return made;
}

const cases: OpCases = {
  op: 'token_log_probs',
  source: 'definition of softmax, log-probability and entropy in float64',
  tolerance: {
    abs: 2e-6,
    rel: 2e-6,
    because: 'the accuracy asked of it: 2e-6 max(1, |logp|); float32 exp, block sums and results',
  },
  cases: [
    ...[
      [0, 7],
      [1, 1],
      [3, 2],
      [5, 15],
      [4, 16],
      [3, 17],
      [97, 41],
      [2, 1023],
      [2, 1024],
      [3, 1025],
      [2, 4099],
      [2, 32003],
      [701, 61],
    ].map(([T, V]) => ({ name: `${T}x${V}`, args: (r: Random) => args(r, T!, V!, 0.8) })),
    { name: 'hot', args: (r) => args(r, 5, 43, 7.5) },
    { name: 'cold', args: (r) => args(r, 5, 43, 0.05) },
    { name: 'temperature near 0', args: (r) => args(r, 5, 43, 1e-36, 1) },
    { name: 'large logits', args: (r) => args(r, 7, 1501, 1, 300) },
    { name: 'equal logits', args: (r) => args(r, 3, 2999, 1.3, 0) },
    { name: '-inf logits', args: (r) => withSome(r, -Infinity, args(r, 31, 37, 0.9)) },
    { name: '-inf blocks', args: (r) => leading(-Infinity, args(r, 3, 3001, 0.9)) },
    { name: 'only -inf', args: (r) => every(-Infinity, args(r, 2, 1500, 0.9)) },
    { name: 'NaN logits', args: (r) => withSome(r, NaN, args(r, 3, 1700, 0.9)) },
    { name: 'a first block of NaN', args: (r) => leading(NaN, args(r, 2, 2500, 0.9)) },
    { name: '+inf logits', args: (r) => withSome(r, Infinity, args(r, 3, 1700, 0.9)) },
  ],
  reference: tokenLogProbs,
};

/** All but the last hundred logits of every row replaced. */
function leading(value: number, made: OpArgs): OpArgs {
  const V = made.V as number;
  const logits = made.logits as Float32Array;
  for (let i = 0; i < logits.length; i++) if (i % V < V - 100) logits[i] = value;
  return made;
}

function every(value: number, made: OpArgs): OpArgs {
  (made.logits as Float32Array).fill(value);
  return made;
}

export default cases;
