import { checkNames, cpu } from '@anacrusis/native';
import { empty, expectTensor, type Tensor } from '@anacrusis/tensor';

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
  const y = empty(advantages.shape);
  const T = advantages.size;
  cpu.shape_advantages({ T, advantages: advantages.f32, credit: credit.f32, sign, y: y.f32 });
  return y;
}
