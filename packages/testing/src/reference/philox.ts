import type { Expected, OpArgs } from '../op-cases.js';

const word = 0xffffffffn;

/**
 * Philox4x32-10 after Salmon et al., SC'11, section 3.3 and table 2: ten rounds of two 32 x 32 -> 64 bit products,
 * the key bumped by the Weyl constants between them.
 */
export function philox4x32(counter: bigint[], key: bigint[]): bigint[] {
  let [c0, c1, c2, c3] = counter as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & word, (p0 >> 32n) ^ c3 ^ k1, p0 & word];
    k0 = (k0 + 0x9e3779b9n) & word;
    k1 = (k1 + 0xbb67ae85n) & word;
  }
  return [c0, c1, c2, c3];
}

function halves(x: number): bigint[] {
  return [BigInt(x) & word, BigInt(x) >> 32n];
}

interface Part {
  n: number;
  seed: number;
  stream: number;
  offset: number;
}

/** The words of a stream that elements offset..offset+n-1 are made of, `count` words each. */
function words(args: OpArgs, count: number): number[][] {
  const { n, seed, stream, offset } = args as unknown as Part;
  return Array.from({ length: n }, (_, i) => {
    const at = (offset + i) * count;
    const block = philox4x32([...halves(Math.floor(at / 4)), ...halves(stream)], halves(seed));
    return block.slice(at % 4, (at % 4) + count).map(Number);
  });
}

export function philoxUniform(args: OpArgs): Expected {
  const { lo, hi } = args as { lo: number; hi: number };
  return { y: words(args, 1).map(([w]) => lo + ((hi - lo) * (w! >>> 8)) / 2 ** 24) };
}

/** Box and Muller 1958: elements 2k and 2k + 1 are cosine and sine of one pair of words. */
export function philoxNormal(args: OpArgs): Expected {
  const { mean, std, n, offset } = args as { mean: number; std: number; n: number; offset: number };
  const skipped = offset % 2;
  const pairs = words(
    { ...args, n: Math.ceil((n + skipped) / 2), offset: Math.floor(offset / 2) },
    2,
  );
  const y = pairs.flatMap(([v, w]) => {
    const radius = Math.sqrt(-2 * Math.log(((v! >>> 8) + 1) / 2 ** 24));
    const angle = (2 * Math.PI * w!) / 2 ** 32;
    return [mean + std * radius * Math.cos(angle), mean + std * radius * Math.sin(angle)];
  });
  return { y: y.slice(skipped, skipped + n) };
}

export function philoxInteger(args: OpArgs): Expected {
  const { lo, hi } = args as { lo: number; hi: number };
  const n = BigInt(hi - lo + 1);
  const scaled = ([v, w]: number[]): bigint => (n * ((BigInt(v!) << 32n) | BigInt(w!))) >> 64n;
  return { y: words(args, 2).map((pair) => lo + Number(scaled(pair))) };
}

interface Sample {
  N: number;
  V: number;
  logits: Float32Array;
  temperature: number;
  seed: number;
  stream: Int32Array;
  step: Int32Array;
  greedy: boolean;
}

/** Inversion: the first token whose cumulative probability exceeds the draw of its row. */
export function categoricalSample(args: OpArgs): Expected {
  const { N, V, logits, temperature, seed, stream, step, greedy } = args as unknown as Sample;
  const [token, logp]: [number[], number[]] = [[], []];
  for (let row = 0; row < N; row++) {
    const scores = Array.from(logits.subarray(row * V, (row + 1) * V), (x) => x / temperature);
    const most = scores.reduce((best, score) => Math.max(best, score), -Infinity);
    const weights = scores.map((score) => Math.exp(score - most));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const counter = [step[row]!, stream[row]!, 0, 2 ** 31].map((x) => BigInt(x >>> 0));
    const [a, b] = philox4x32(counter, halves(seed)).map(Number) as [number, number];
    const unit = ((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53;
    let sum = 0;
    const drawn = weights.findIndex((weight) => (sum += weight) > unit * total);
    token[row] = greedy ? scores.indexOf(most) : drawn;
    logp[row] = scores[token[row]!]! - most - Math.log(total);
  }
  return { token, logp };
}
