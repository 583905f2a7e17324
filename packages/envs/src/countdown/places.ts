import { checkIds, type Vocabulary } from '../vocabulary.js';

/**
 * A token's place in its attempt, `a1 op1 b1 =1 c1 ,1 a2 op2 b2 =2 c2` and so on, then `;` or `.`;
 * `other` is a token that does not fit.
 */
export type CountdownPlace = `${'a' | 'op' | 'b' | '=' | 'c' | ','}${number}` | ';' | '.' | 'other';

const PLACES_OF_A_STEP = ['a', 'op', 'b', '=', 'c', ','] as const;

/** All places of an attempt with so many numbers, in order; the last is `other`. */
export function placeNames(numbers: number): CountdownPlace[] {
  const names: CountdownPlace[] = [];
  for (let step = 1; step < numbers; step++) {
    for (const place of PLACES_OF_A_STEP) names.push(`${place}${step}`);
  }
  names.pop();
  return [...names, ';', '.', 'other'];
}

/**
 * The place of each token of a response. `;` and `.` keep their names wherever an attempt breaks
 * off. After a token that does not fit, all are `other` up to the next `;` or `.`; so are all
 * tokens after the first `.`.
 */
export function places(
  ids: ArrayLike<number>,
  vocabulary: Vocabulary,
  numbers: number,
): CountdownPlace[] {
  checkIds(ids);
  const names = placeNames(numbers).slice(0, -3);
  let next = 0;
  let ended = false;
  return Array.from(ids, (id) => {
    const token = vocabulary.tokens[Number(id)];
    if (ended || token === undefined) return 'other';
    if (token === ';' || token === '.') {
      next = 0;
      ended = token === '.';
      return token;
    }
    const name = names[next];
    if (name !== undefined && fits(token, name)) {
      next++;
      return name;
    }
    next = names.length;
    return 'other';
  });
}

function fits(token: string, place: CountdownPlace): boolean {
  if (place.startsWith('op')) return token === '+' || token === '-' || token === '*';
  if (place.startsWith('=') || place.startsWith(',')) return token === place[0];
  return /^\d/.test(token);
}
