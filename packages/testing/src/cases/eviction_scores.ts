import type { OpArgs, OpCases } from '../op-cases.js';
import { Random } from '../random.js';
import { evictionScores } from '../reference/eviction_scores.js';

interface Options {
  lengths: number[];
  heads?: [number, number];
  layout?: 'thd' | 'bhtd';
  window?: number;
  kernel?: number;
  pooling?: 'avg' | 'max';
}

function args(random: Random, o: Options): OpArgs {
  const { lengths, layout = 'thd', window = 3, kernel = 5, pooling = 'avg' } = o;
  const [H, Hkv] = o.heads ?? [4, 2];
  const offsets = Int32Array.from([0, ...lengths]);
  for (let s = 0; s < lengths.length; s++) offsets[s + 1]! += offsets[s]!;
  const T = offsets.at(-1)!;
  const values = random.f32(H * T).map((x) => x * x);
  return {
    T, H, Hkv, S: lengths.length, layout, values, offsets, window, kernel, pooling,
    scores: new Float32Array(Hkv * T).fill(9),
  }; // prettier-ignore
}

const options: Record<string, Options> = {
  'no sequence': { lengths: [] },
  'no token': { lengths: [0, 0] },
  'shorter than the window': { lengths: [3, 2, 1, 0, 4] },
  'no window, no pooling: the mean of the group': { lengths: [31, 7], window: 0, kernel: 1 },
  'wider than the keys': { lengths: [9, 33], kernel: 21 },
  'max, wider than the keys': { lengths: [9, 33], kernel: 21, pooling: 'max' },
  'one score for all heads': { lengths: [17, 40], heads: [6, 1], window: 1, kernel: 1 },
  'a head each': { lengths: [17, 40], heads: [3, 3], kernel: 7 },
  bhtd: { lengths: [22, 22, 22], layout: 'bhtd', heads: [6, 2] },
  'bhtd, max': { lengths: [22, 22], layout: 'bhtd', heads: [4, 4], pooling: 'max' },
  'blocks of threads': { lengths: [255, 256, 257, 700], heads: [2, 1], window: 64 },
  'blocks of threads, max': { lengths: [515, 3], heads: [2, 1], window: 2, pooling: 'max' },
  ...Object.fromEntries(
    Array.from({ length: 40 }, (_, i): [string, Options] => [
      `${i + 1} tokens, window ${i % 7}, kernel ${1 + 2 * (i % 5)}`,
      {
        lengths: [i + 1, (i * 7) % 11],
        window: i % 7,
        kernel: 1 + 2 * (i % 5),
        pooling: i % 2 ? 'max' : 'avg',
        heads: [[4, 2], [3, 1], [2, 2]][i % 3] as [number, number],
      },
    ]), // prettier-ignore
  ),
};

/** Options drawn together. */
function drawn(seed: number): [string, Options] {
  const r = new Random(3000 + seed);
  const layout = r.of(['thd', 'bhtd'] as const);
  const length = r.of([1, 7, 16, 31, 33, 64, 100, 129]);
  const count = r.integer(1, 4);
  const lengths = Array.from({ length: count }, () =>
    layout === 'bhtd' ? length : r.integer(0, length),
  );
  const heads = r.of<[number, number]>([[1, 1], [2, 1], [3, 3], [4, 2], [8, 1], [12, 4]]); // prettier-ignore
  const [window, kernel] = [r.integer(0, 9), r.of([1, 3, 5, 7, 13])];
  const pooling = r.of(['avg', 'max'] as const);
  return [`drawn ${seed}`, { lengths, heads, layout, window, kernel, pooling }];
}

const cases: OpCases = {
  op: 'eviction_scores',
  source: '2404.14469, as kvpress writes it, in float64',
  tolerance: { abs: 1e-12, rel: 1e-6, because: 'sums of some tens of positive float32 terms' },
  cases: [...Object.entries(options), ...Array.from({ length: 150 }, (_, seed) => drawn(seed))].map(
    ([name, option]) => ({
      name,
      args: (random: Random) => args(random, option),
    }),
  ),
  reference: evictionScores,
};

export default cases;
