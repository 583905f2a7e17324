import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { ArgumentRangeError, ArgumentTypeError } from './errors.js';

export type { RandomGenerator };

/**
 * A random generator (xoroshiro128+) that is a function of the whole key, for example
 * `random(seed, step, row)`. Keys that differ anywhere give unrelated streams, neighbours included.
 *
 * @param key one or more safe integers
 * @throws ArgumentTypeError, ArgumentRangeError for an empty key or one that is not safe integers
 */
export function random(...key: number[]): RandomGenerator {
  if (key.length === 0) throw new ArgumentRangeError('key', 'at least one integer', key);
  const words: number[] = [];
  for (const part of key) {
    if (typeof part !== 'number') throw new ArgumentTypeError('key', 'safe integers', part);
    if (!Number.isSafeInteger(part)) throw new ArgumentRangeError('key', 'safe integers', part);
    words.push(part | 0, Math.floor(part / 2 ** 32) | 0);
  }
  return xoroshiro128plusFromState([0, 1, 2, 3].map((lane) => hash32([lane, ...words])));
}

/** The generator itself, or the one that the seed stands for. */
export function toRandom(source: number | RandomGenerator): RandomGenerator {
  if (typeof source === 'number') return random(source);
  if (typeof source !== 'object' || source === null || typeof source.next !== 'function') {
    throw new ArgumentTypeError('source', 'an integer seed or a random generator', source);
  }
  return source;
}

/** Uniform integer in 0..count-1. */
export const below = (rng: RandomGenerator, count: number): number => uniformInt(rng, 0, count - 1);

/** True with the given probability. */
export const chance = (rng: RandomGenerator, probability: number): boolean =>
  uniformFloat64(rng) < probability;

/** 32-bit hash of integers, order-sensitive: the finaliser of MurmurHash3 over each word in turn. */
export function hash32(words: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const word of words) {
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}
