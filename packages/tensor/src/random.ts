import { empty, type OnDevice } from './create.js';
import { opsOn } from './device.js';
import { argument } from './expect.js';
import type { Shape, Tensor } from './tensor.js';

/** 53 bits of a name: FNV-1a, twice with different starts. */
function streamNumber(name: string): number {
  const hash = (start: number): number => {
    let h = start >>> 0;
    for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193) >>> 0;
    return h;
  };
  return (hash(0x811c9dc5) & 0x1fffff) * 2 ** 32 + hash(0x9747b28c);
}

/** The whole state of a stream. */
export interface RandomState {
  seed: number;
  name: string;
  offset: number;
}

function expectCount(parameter: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  const expected = 'an integer from 0 to 2^53 - 1';
  throw argument('RandomStream', parameter, expected, String(value), 'ERR_RANGE');
}

/**
 * A named stream of random numbers (Philox4x32-10): the numbers depend only on seed, name and offset,
 * so that a new consumer never shifts another's, and the state in a checkpoint is three values.
 */
export class RandomStream {
  readonly seed: number;
  readonly name: string;
  readonly #stream: number;
  #offset: number; // 32-bit words used so far

  /**
   * @param seed an integer from 0 to 2^53 - 1
   * @param name streams of other names are independent
   * @param offset of a `state()`
   * @throws ArgumentError
   */
  constructor(seed: number, name: string, offset = 0) {
    expectCount('seed', seed);
    expectCount('offset', offset);
    if (typeof name !== 'string') {
      throw argument('RandomStream', 'name', 'a string', typeof name, 'ERR_TYPE');
    }
    this.seed = seed;
    this.name = name;
    this.#stream = streamNumber(name);
    this.#offset = offset;
  }

  /** A stream that goes on where the one of this state was. */
  static restore({ seed, name, offset }: RandomState): RandomStream {
    return new RandomStream(seed, name, offset);
  }

  state(): RandomState {
    return { seed: this.seed, name: this.name, offset: this.#offset };
  }

  /** f32, uniform in [lo, hi). */
  uniform(shape: Shape, lo = 0, hi = 1, on: OnDevice = {}): Tensor {
    const y = empty(shape, 'f32', on);
    opsOn(y.device).philox_uniform({ n: y.size, lo, hi, y: y.raw, ...this.#at(1) });
    this.#offset += y.size;
    return y;
  }

  /** f32, normal. */
  normal(shape: Shape, mean = 0, std = 1, on: OnDevice = {}): Tensor {
    const y = empty(shape, 'f32', on);
    const at = this.#at(2);
    const place = { ...at, offset: 2 * at.offset };
    opsOn(y.device).philox_normal({ n: y.size, mean, std, y: y.raw, ...place });
    this.#offset = 2 * (at.offset + Math.ceil(y.size / 2));
    return y;
  }

  /** i32, each of lo to hi with the same probability. */
  integers(shape: Shape, lo: number, hi: number, on: OnDevice = {}): Tensor {
    const y = empty(shape, 'i32', on);
    this.#integers(y, lo, hi);
    return y;
  }

  /** One integer from 0 to 2^31 - 1, for instance as the seed of something else. */
  nextSeed(): number {
    using y = empty([1], 'i32');
    this.#integers(y, 0, 2 ** 31 - 1);
    return y.item();
  }

  #integers(y: Tensor, lo: number, hi: number): void {
    const at = this.#at(2);
    opsOn(y.device).philox_integer({ n: y.size, lo, hi, y: y.raw, ...at });
    this.#offset = 2 * (at.offset + y.size);
  }

  /** The place of the next number where a number is made of `words` words that nothing else has used. */
  #at(words: number): { seed: number; stream: number; offset: number } {
    return { seed: this.seed, stream: this.#stream, offset: Math.ceil(this.#offset / words) };
  }
}
