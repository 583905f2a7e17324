import { cpu } from '@anacrusis/native';
import { refuse, speakAs } from './refusals.js';

const WORDS = 12;

/**
 * The loss of a batch from the parts that it was cut into: the bits of the loss of the whole, whatever the cut and the
 * order, since the numerators are added before they are rounded.
 * @param numeratorSums `metrics.numeratorSum` of each part
 * @param denominator that of the batch
 * @throws ArgumentError for a sum that is not one of those
 */
export function lossOfParts(numeratorSums: readonly Int32Array[], denominator: number): number {
  const n = numeratorSums.length;
  const sums = new Int32Array(n * WORDS);
  numeratorSums.forEach((words, i) => {
    if (words.length !== WORDS) {
      throw refuse('lossOfParts', `numeratorSums[${i}]`, `[${WORDS}]`, `[${words.length}]`);
    }
    sums.set(words, i * WORDS);
  });
  const value = new Float64Array(1);
  speakAs('lossOfParts', () => cpu.exact_sum({ n, sums, value }));
  return value[0]! / denominator;
}
