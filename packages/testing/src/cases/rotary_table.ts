import type { OpCases } from '../op-cases.js';
import { rotaryTable } from '../reference/rotary.js';

const sizes = [
  [0, 4, 1e4],
  [1, 2, 1e4],
  [9, 0, 1e4],
  [5, 6, 1],
  [77, 32, 1e4],
  [4097, 14, 1e6],
  [33, 128, 5e5],
];

const cases: OpCases = {
  op: 'rotary_table',
  source: 'transformers modeling_rope_utils.py and modeling_qwen3.py; 2104.09864 section 3.2.2',
  tolerance: { abs: 6e-8, rel: 0, because: 'cos and sin are at most 1, rounded once to float32' },
  cases: sizes.map(([P, D, theta]) => ({
    name: `P${P} D${D} theta ${theta}`,
    args: () => ({
      P,
      D,
      half: D! / 2,
      theta,
      cos: new Float32Array((P! * D!) / 2),
      sin: new Float32Array((P! * D!) / 2),
    }),
  })),
  reference: rotaryTable,
};

export default cases;
