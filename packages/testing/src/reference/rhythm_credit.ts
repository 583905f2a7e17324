import type { Expected, OpArgs } from '../op-cases.js';

interface Input {
  T: number;
  S: number;
  waad: Float32Array;
  fai?: Float32Array;
  horizon?: Int32Array;
  mask: Uint8Array;
  offsets: Int32Array;
  mode: 'local' | 'global' | 'coupled';
  select: 'top' | 'bottom' | 'random' | 'entropy';
  q: number;
  gamma_amp: number;
  alpha: number;
  k: number;
  tau_waad_mode: 'median' | 'value';
  tau_waad: number;
  tau_delta_mode: 'median' | 'topq' | 'value';
  tau_delta: number;
  overlap: 'add' | 'overwrite';
  entropy?: Float32Array;
  random_keys?: Float32Array;
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((x, y) => x - y);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** ceil(q n) for q given in millionths, in whole numbers. */
function share(q: number, n: number): number {
  return Math.ceil((Math.round(q * 1e6) * n) / 1e6);
}

/** The `count` places with the highest keys; a stable sort keeps equal ones in order. */
function best(places: number[], key: (place: number) => number, count: number): Set<number> {
  return new Set(places.toSorted((x, y) => key(y) - key(x)).slice(0, count));
}

/** One sequence, of which `tokens` are the indices that count: places in it are 0..n-1 (eq. 14-19). */
function sequence(a: Input, tokens: number[]) {
  const n = tokens.length;
  const places = tokens.map((_, place) => place);
  const waad = tokens.map((i) => a.waad[i]!);
  const delta = places.map((p) => (p + 1 < n ? Math.abs(waad[p]! - waad[p + 1]!) : 0));
  const keys = (signal: (place: number) => number, draw: number) => {
    if (a.select === 'top') return signal;
    if (a.select === 'bottom') return (p: number) => -signal(p);
    if (a.select === 'entropy') return (p: number) => a.entropy![tokens[p]!]!;
    return (p: number) => a.random_keys![draw * a.T + tokens[p]!]!;
  };
  const changing = places.slice(0, -1);
  const count = Math.min(share(a.q, n), changing.length);
  const preplan = best(changing, keys((p) => delta[p]!, 0), count); // prettier-ignore
  const defined = places.filter((p) => a.fai && (!a.horizon || a.horizon[tokens[p]!]! > 0));
  const anchor = best(defined, keys((p) => a.fai![tokens[p]!]!, 1), share(a.q, defined.length)); // prettier-ignore
  const tauWaad = a.tau_waad_mode === 'median' && n > 0 ? median(waad) : a.tau_waad;
  const changes = changing.map((p) => delta[p]!);
  const cut = [...best(changing, (p) => delta[p]!, count)].map((p) => delta[p]!);
  const tauDelta = { median: changes.length ? median(changes) : Infinity, topq: Math.min(...cut), value: a.tau_delta }[a.tau_delta_mode]; // prettier-ignore
  const dominated = new Set<number>();
  const intro = new Set<number>();
  for (const p of anchor) {
    const window = places.slice(Math.max(0, p - a.k), p);
    const peak = Math.max(...window.map((u) => delta[u]!));
    if (!(waad[p]! <= tauWaad && peak >= tauDelta)) continue;
    dominated.add(p);
    intro.add(window.findLast((u) => delta[u] === peak)!);
  }
  const bonus = a.gamma_amp - 1;
  const credit = places.map((p) => {
    if (a.mode === 'local') return preplan.has(p) ? a.gamma_amp : 1;
    if (a.mode === 'global') return anchor.has(p) ? a.gamma_amp : 1;
    const terms = [
      anchor.has(p) && !dominated.has(p) ? [bonus] : [],
      dominated.has(p) ? [(1 - a.alpha) * bonus] : [],
      intro.has(p) ? [a.alpha * bonus] : [],
    ].flat();
    if (a.overlap === 'overwrite') return 1 + (terms.at(-1) ?? 0);
    return terms.reduce((sum, term) => sum + term, 1);
  });
  return { places, delta, preplan, anchor, dominated, intro, credit };
}

/** Rhythm credit of every sequence (2510.13554, eq. 14-19), with sorted lists and sets. */
export function rhythmCredit(args: OpArgs): Expected {
  const a = args as unknown as Input;
  const zeros = (): Float64Array => new Float64Array(a.T);
  const out = { credit: zeros().fill(1), preplan: zeros(), anchor: zeros(), intro: zeros(), dominated: zeros(), delta: zeros() }; // prettier-ignore
  for (let s = 0; s < a.S; s++) {
    const all = Array.from(
      { length: a.offsets[s + 1]! - a.offsets[s]! },
      (_, i) => a.offsets[s]! + i,
    );
    const tokens = all.filter((i) => a.mask[i] === 1);
    const result = sequence(a, tokens);
    for (const p of result.places) {
      const i = tokens[p]!;
      out.credit[i] = result.credit[p]!;
      out.delta[i] = result.delta[p]!;
      for (const set of ['preplan', 'anchor', 'intro', 'dominated'] as const) {
        out[set][i] = Number(result[set].has(p));
      }
    }
  }
  return out;
}
