import { checkNames } from '@anacrusis/native';
import { expectTensor, opsOf, zeros, type Tensor } from '@anacrusis/tensor';
import { headFlags } from './head-choice.js';
import { refuse } from './refuse.js';

const OP = 'headMean';
const names = new Set(['values', 'heads']);

/**
 * Mean of a signal over chosen heads of several layers (2510.13554, eq. 8).
 * @param input.values a signal per head of each layer, [B,H,T] or packed [H,T]
 * @param input.heads chosen heads of each layer: one class of `classifyHeads`
 * @returns [B,T] or [T]
 * @throws ArgumentError when no head is chosen or shapes disagree
 */
export function headMean(input: {
  values: readonly Tensor[];
  heads: readonly (readonly number[])[];
}): Tensor {
  checkNames(OP, names, input);
  const { values, heads } = input;
  if (values.length === 0 || values.length !== heads.length) {
    const expected = `as many lists as layers, ${values.length}, and at least one`;
    throw refuse(OP, 'heads', expected, heads.length, 'ERR_SHAPE');
  }
  const count = heads.reduce((sum, list) => sum + list.length, 0);
  if (count === 0) throw refuse(OP, 'heads', 'at least one head', 'none');
  const shape = values[0]!.shape;
  const packed = shape.length === 2;
  const [S, H, L] = (packed ? [1, ...shape] : shape) as [number, number, number];
  const wanted = packed ? [null, null] : [null, null, null];
  values.forEach((value, i) => {
    expectTensor(OP, `values[${i}]`, value, 'f32', i === 0 ? wanted : shape);
  });
  const mean = zeros(packed ? [L] : [S, L], 'f32', values[0]);
  values.forEach((value, i) => {
    const chosen = headFlags(OP, `heads[${i}]`, heads[i]!, H);
    opsOf(OP, { value, mean }).head_sums({
      ...{ S, H, L, heads: chosen, factor: 1 / count },
      values: value.raw,
      sums: mean.raw,
    });
  });
  return mean;
}
