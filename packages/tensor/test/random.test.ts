import { ArgumentError, cpu, setThreads } from '@anacrusis/native';
import * as t from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';

const numbers = (seed: number, name: string, n = 10_000): number[] =>
  t.scope(() => [...new t.RandomStream(seed, name).uniform([n]).f32]);

function correlation(a: number[], b: number[]): number {
  const mean = (list: number[]): number => list.reduce((x, y) => x + y, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  const moment = (f: (i: number) => number): number => mean(a.map((_, i) => f(i)));
  const covariance = moment((i) => (a[i]! - ma) * (b[i]! - mb));
  return (
    covariance / Math.sqrt(moment((i) => (a[i]! - ma) ** 2) * moment((i) => (b[i]! - mb) ** 2))
  );
}

describe('the raw generator', () => {
  it('gives the known answers of the authors', () => {
    // Random123, tests/kat_vectors: Philox4x32-10 of counter 0 and key 0.
    const y = new Float32Array(4);
    cpu.philox_uniform({ n: 4, seed: 0, stream: 0, offset: 0, lo: 0, hi: 1, y });
    const answers = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8];
    expect([...y]).toEqual(answers.map((word) => (word >>> 8) / 2 ** 24));
  });
});

describe('RandomStream', () => {
  it('depends on seed and name alone', () => {
    expect(numbers(3, 'dropout', 20)).toEqual(numbers(3, 'dropout', 20));
    for (const [seed, name] of [
      [4, 'dropout'],
      [3, 'dropouts'],
      [3, ''],
    ] as const) {
      expect(numbers(seed, name, 20)).not.toEqual(numbers(3, 'dropout', 20));
    }
  });

  it('streams are not correlated, nor is one with itself one place on', () => {
    // Standard error of a correlation of 10,000 independent pairs is 0.01; five of those.
    const names = ['a', 'b', 'ab', 'ba', 'env', 'env0', 'env1', 'init'];
    const streams = names.map((name) => numbers(1, name));
    streams.forEach((x, i) => {
      for (const y of streams.slice(i + 1)) expect(Math.abs(correlation(x, y))).toBeLessThan(0.05);
      expect(Math.abs(correlation(x.slice(1), x.slice(0, -1)))).toBeLessThan(0.05);
    });
  });

  it('goes on where it was, whatever the pieces', () => {
    t.scope(() => {
      const whole = [...new t.RandomStream(5, 'x').uniform([11]).f32];
      const stream = new t.RandomStream(5, 'x');
      const first = [...stream.uniform([3]).f32];
      const again = t.RandomStream.restore(
        JSON.parse(JSON.stringify(stream.state())) as t.RandomState,
      );
      expect(again.state()).toEqual({ seed: 5, name: 'x', offset: 3 });
      expect([...first, ...again.uniform([2, 4]).f32]).toEqual(whole);
      expect([...stream.uniform([8]).f32]).toEqual(whole.slice(3));
    });
  });

  it('never makes two numbers of the same word, whatever the kinds', () => {
    // Integers over all of 32 bits show their high word, uniforms the high 24 bits of theirs.
    t.scope(() => {
      const stream = new t.RandomStream(5, 'x');
      const seen: number[] = [];
      for (let i = 0; i < 50; i++) {
        const uniform = stream.uniform([1 + (i % 3)]).f32;
        seen.push(...Array.from(uniform, (x) => x * 2 ** 24));
        const integers = stream.integers([1 + (i % 4)], -(2 ** 31), 2 ** 31 - 1).i32;
        seen.push(...Array.from(integers, (x) => Math.floor((x + 2 ** 31) / 2 ** 8)));
        const { offset } = stream.state();
        stream.normal([1 + (i % 5)]);
        expect(stream.state().offset).toBeGreaterThanOrEqual(
          offset + 2 * Math.ceil((1 + (i % 5)) / 2),
        );
      }
      expect(new Set(seen).size).toBe(seen.length);
    });
  });

  it('has the moments of its distributions', () => {
    t.scope(() => {
      const n = 100_000;
      const moments = (x: ArrayLike<number>): [number, number] => {
        const mean = Array.from(x).reduce((a, b) => a + b, 0) / x.length;
        return [mean, Array.from(x).reduce((a, b) => a + (b - mean) ** 2, 0) / x.length];
      };
      // Standard errors: sd / sqrt(n) of a mean, variance * sqrt(kurtosis - 1) / sqrt(n); five of those.
      const [mean, variance] = moments(new t.RandomStream(1, 'n').normal([n], 3, 2).f32);
      expect(Math.abs(mean - 3)).toBeLessThan((5 * 2) / Math.sqrt(n));
      expect(Math.abs(variance - 4)).toBeLessThan((5 * 4 * Math.sqrt(2)) / Math.sqrt(n));
      const uniform = new t.RandomStream(1, 'u').uniform([n], -2, 4).f32;
      expect(Math.abs(moments(uniform)[0] - 1)).toBeLessThan((5 * Math.sqrt(3)) / Math.sqrt(n));
      expect(uniform.every((x) => x >= -2 && x < 4)).toBe(true);
      const dice = new t.RandomStream(1, 'i').integers([n], 1, 6).i32;
      for (let face = 1; face <= 6; face++) {
        const count = dice.filter((x) => x === face).length;
        expect(Math.abs(count - n / 6)).toBeLessThan(5 * Math.sqrt((n / 6) * (5 / 6)));
      }
    });
  });

  it('has the same bits with any number of threads', () => {
    const draw = (threads: number): number[] => {
      setThreads(threads);
      return t.scope(() => [...new t.RandomStream(9, 'x').normal([300_000]).f32]);
    };
    const [one, two] = [draw(1), draw(2)];
    expect(one.every((x, i) => x === two[i])).toBe(true);
  });

  it('makes nothing of no elements, and other seeds each time', () => {
    t.scope(() => {
      const stream = new t.RandomStream(1, 'x');
      expect(stream.normal([0, 3]).shape).toEqual([0, 3]);
      expect(stream.state().offset).toBe(0);
      const seeds = Array.from({ length: 5 }, () => stream.nextSeed());
      expect(new Set(seeds).size).toBe(5);
      expect(seeds.every((s) => Number.isInteger(s) && s >= 0)).toBe(true);
    });
  });

  it.each([
    ['seed', () => new t.RandomStream(-1, 'x')],
    ['seed', () => new t.RandomStream(0.5, 'x')],
    ['seed', () => new t.RandomStream(NaN, 'x')],
    ['offset', () => new t.RandomStream(1, 'x', -1)],
    ['name', () => new t.RandomStream(1, undefined as never)],
    ['shape', () => new t.RandomStream(1, 'x').uniform([-1])],
    ['hi', () => new t.RandomStream(1, 'x').uniform([2], 3, 2)],
    ['std', () => new t.RandomStream(1, 'x').normal([2], 0, -1)],
    ['hi', () => new t.RandomStream(1, 'x').integers([2], 3, 2)],
  ])('refuses a bad %s', (parameter, body) => {
    expect(() => t.scope(body as () => unknown)).toThrow(ArgumentError);
    expect(() => t.scope(body as () => unknown)).toThrow(expect.objectContaining({ parameter }));
  });

  it('a refused draw does not move the stream', () => {
    const stream = new t.RandomStream(1, 'x');
    expect(() => t.scope(() => stream.integers([2], 3, 2))).toThrow(ArgumentError);
    expect(stream.state().offset).toBe(0);
  });
});
