import { ArgumentError } from '@anacrusis/native';

/** Positions of packed sequences, from 0 in each. @throws ArgumentError for bad offsets */
export function sequencePositions(
  offsets: Int32Array,
  tokens: number,
): { positions: Int32Array; longest: number } {
  const refuse = (i: number, expected: string): never => {
    const received = String(offsets[i]);
    const details = { op: 'forward', parameter: `offsets[${i}]`, expected, received };
    throw new ArgumentError({ code: 'ERR_RANGE', ...details });
  };
  const last = offsets.length - 1;
  if (offsets[0] !== 0) refuse(0, '0');
  if (offsets[last] !== tokens) refuse(last, `${tokens}, the number of ids`);
  const positions = new Int32Array(tokens);
  let longest = 0;
  for (let s = 0; s < last; s++) {
    const [begin, end] = [offsets[s]!, offsets[s + 1]!];
    if (end < begin || end > tokens) refuse(s + 1, `a number in ${begin}..${tokens}`);
    for (let t = begin; t < end; t++) positions[t] = t - begin;
    longest = Math.max(longest, end - begin);
  }
  return { positions, longest };
}
