/** A small seeded generator for fixtures (splitmix32): not the library's Philox, on purpose. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A 32-bit unsigned integer. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** Uniform in [lo, hi). */
  uniform(lo = 0, hi = 1): number {
    return lo + ((hi - lo) * this.next()) / 2 ** 32;
  }

  /** An integer in [lo, hi]. */
  integer(lo: number, hi: number): number {
    return lo + (this.next() % (hi - lo + 1));
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** One element of a list. */
  of<T>(list: readonly T[]): T {
    return list[this.integer(0, list.length - 1)]!;
  }

  f32(length: number, scale = 1): Float32Array {
    return Float32Array.from({ length }, () => scale * this.normal());
  }

  i32(length: number, lo: number, hi: number): Int32Array {
    return Int32Array.from({ length }, () => this.integer(lo, hi));
  }

  /** Ones with probability p, else zeros. */
  flags(length: number, p: number): Uint8Array {
    return Uint8Array.from({ length }, () => (this.uniform() < p ? 1 : 0));
  }
}
