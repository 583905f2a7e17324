import { ArgumentRangeError, ArgumentTypeError, countdown, random } from '@anacrusis/envs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const task = countdown();
const words = (text: string) => task.encode(text).map((id) => task.vocabulary()[id]);

describe('tokens', () => {
  it('are ten signs and the numbers 0 to 30', () => {
    const tokens = task.vocabulary();
    expect(tokens).toHaveLength(41);
    expect(tokens.slice(0, 10)).toEqual([' ', '>', ':', '+', '-', '*', '=', ',', ';', '.']);
    expect(tokens.slice(10).map(Number)).toEqual(Array.from({ length: 31 }, (_, value) => value));
    expect(countdown({ maxResult: 99 }).vocabulary()).toHaveLength(110);
    expect(task.encode(task.endToken)).toEqual([9]);
    tokens.push('?');
    expect(task.vocabulary()).toHaveLength(41);
  });

  it('split digits greedily', () => {
    expect(words('7 16 9>30:')).toEqual(['7', ' ', '16', ' ', '9', '>', '30', ':']);
    expect(words('31')).toEqual(['3', '1']);
    expect(words('2930')).toEqual(['29', '30']);
    expect(words('007')).toEqual(['0', '0', '7']);
    expect(words('')).toEqual([]);
  });

  it('come back as the same text', () => {
    const texts = fc.string({ unit: fc.constantFrom(...'0123456789 >:+-*=,;.'), maxLength: 80 });
    fc.assert(
      fc.property(texts, (text) => {
        const ids = task.encode(text);
        expect(task.decode(ids)).toBe(text);
        expect(task.decode(Int32Array.from(ids))).toBe(text);
      }),
    );
  });

  it('come back as the same ids where no two numbers touch', () => {
    const id = fc.nat(40);
    fc.assert(
      fc.property(fc.array(id), (ids) => {
        const apart = ids.filter((one, i) => one < 10 || i === 0 || ids[i - 1]! < 10);
        expect(task.encode(task.decode(apart))).toEqual(apart);
      }),
    );
  });

  it('spell prompts and traces without a joint between the two', () => {
    const rng = random(2);
    for (let i = 0; i < 200; i++) {
      const problem = task.generate(rng, 'train');
      const [before, after] = [task.prompt(problem), task.trace(problem, rng)];
      expect(task.encode(before + after)).toEqual([...task.encode(before), ...task.encode(after)]);
      expect(before).toMatch(/^[1-9] [1-9] [1-9]>([1-9]|[12]\d|30):$/);
    }
  });

  it('refuse what is no token', () => {
    expect(() => task.encode('9/3')).toThrow('text[1]: expected a token, received "/"');
    expect(() => task.encode('4️⃣')).toThrow(ArgumentRangeError);
    expect(() => task.encode('\ud800')).toThrow(ArgumentRangeError);
    expect(() => task.encode(4 as never)).toThrow(ArgumentTypeError);
    expect(() => task.decode([3, 41])).toThrow('ids[1]: expected a token id in 0..40, received 41');
    expect(() => task.decode([-1])).toThrow(ArgumentRangeError);
    expect(() => task.decode([0.5])).toThrow(ArgumentRangeError);
    expect(() => task.decode(['length'] as never)).toThrow(ArgumentRangeError);
    expect(() => task.decode('12' as never)).toThrow(ArgumentTypeError);
    expect(() => task.places(null as never)).toThrow(ArgumentTypeError);
  });
});

describe('places', () => {
  const label = (text: string) => task.places(Int32Array.from(task.encode(text))).join(' ');

  // Labelled by hand.
  it.each([
    ['9-6=3,7-13=30.', 'a1 op1 b1 =1 c1 ,1 a2 op2 b2 =2 c2 .'],
    ['9-6=3;7+6=13,', 'a1 op1 b1 =1 c1 ; a1 op1 b1 =1 c1 ,1'],
    ['9-6=3,7-3=4,4.', 'a1 op1 b1 =1 c1 ,1 a2 op2 b2 =2 c2 other other .'],
    ['9-=6,7;8*3', 'a1 op1 other other other other ; a1 op1 b1'],
    ['9-6=31,7.', 'a1 op1 b1 =1 c1 other other other .'],
    [';.9-6', '; . other other other'],
    ['9 6>4:', 'a1 other other other other other'],
    ['', ''],
  ])('%j', (text, expected) => {
    expect(label(text)).toBe(expected);
  });

  it('name three steps with four numbers', () => {
    const four = countdown({ numbers: 4 });
    const text = '9-6=3,7-3=4,4*2=8;';
    const expected = 'a1 op1 b1 =1 c1 ,1 a2 op2 b2 =2 c2 ,2 a3 op3 b3 =3 c3';
    expect(four.places(four.encode(text)).join(' ')).toBe(`${expected} ;`);
    expect(four.placeNames().join(' ')).toBe(`${expected} ; . other`);
  });

  it('are other for ids that are no token', () => {
    expect(task.places([41, -1])).toEqual(['other', 'other']);
    expect(task.places(['length'] as never)).toEqual(['other']);
  });
});
