/** Mean signals over the tokens at one place of an attempt; NaN where none is defined. */
export interface PlaceMean {
  place: string;
  /** Tokens at this place. */
  count: number;
  waad: number;
  fai: number;
}

/** Per-token lists of one response. */
export interface PlacedSignals {
  places: readonly string[];
  waad: ArrayLike<number>;
  /** NaN where the window of FAI is empty. */
  fai: ArrayLike<number>;
}

class Mean {
  #sum = 0;
  #count = 0;

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.#sum += value;
    this.#count++;
  }

  get value(): number {
    return this.#sum / this.#count;
  }
}

/** Means over all responses, for every place that occurs, in the order of `names`. */
export function meansByPlace(
  names: readonly string[],
  responses: readonly PlacedSignals[],
): PlaceMean[] {
  const rows = new Map(names.map((p) => [p, { count: 0, waad: new Mean(), fai: new Mean() }]));
  for (const { places, waad, fai } of responses) {
    places.forEach((place, i) => {
      const row = rows.get(place)!;
      row.count++;
      row.waad.add(waad[i]!);
      row.fai.add(fai[i]!);
    });
  }
  return [...rows]
    .filter(([, { count }]) => count > 0)
    .map(([place, { count, waad, fai }]) => ({
      ...{ place, count, waad: waad.value, fai: fai.value },
    }));
}

export interface Boundary {
  /** WAAD of the `;` row. */
  waad: number;
  /** The place with the next highest WAAD, `.` left out. */
  next: { place: string; waad: number };
  /** The one over the other. */
  ratio: number;
}

/**
 * How far the row of `;` (the one that predicts the first token of the next attempt) stands out from
 * all others but `.`; null when no response has a `;`.
 */
export function boundaryOf(means: readonly PlaceMean[]): Boundary | null {
  const own = means.find(({ place }) => place === ';');
  const others = means.filter(({ place }) => ![';', '.', 'other'].includes(place));
  if (!own || others.length === 0) return null;
  const next = others.reduce((most, row) => (row.waad > most.waad ? row : most));
  const { place, waad } = next;
  return { waad: own.waad, next: { place, waad }, ratio: own.waad / waad };
}
