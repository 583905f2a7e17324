import { checkNames } from '@anacrusis/native';
import { empty, expectTensor, opsOf, type Tensor } from '@anacrusis/tensor';

const names = new Set(['advantages', 'credit', 'sign']);

/**
 * Advantages times credit, where the advantage has the sign asked for (2510.13554, eq. 13).
 * @param input.advantages f32 of any shape
 * @param input.credit gamma_t of `rhythmCredit`, of the same shape
 * @param input.sign `both` when left out; `positive` is the paper's first version
 * @throws ArgumentError when shapes disagree
 */
export function shapeAdvantages(input: {
  advantages: Tensor;
  credit: Tensor;
  sign?: 'both' | 'positive' | 'negative';
}): Tensor {
  checkNames('shapeAdvantages', names, input);
  const { advantages, credit, sign = 'both' } = input;
  expectTensor('shapeAdvantages', 'advantages', advantages, 'f32');
  expectTensor('shapeAdvantages', 'credit', credit, 'f32', advantages.shape);
  const ops = opsOf('shapeAdvantages', { advantages, credit });
  const y = empty(advantages.shape, 'f32', advantages);
  const inputs = { advantages: advantages.raw, credit: credit.raw };
  ops.shape_advantages({ T: advantages.size, ...inputs, sign, y: y.raw });
  return y;
}
