import { refuse } from './refuse.js';
import type { LayerChoice } from './choose-layers.js';

/** The settings of attention rhythm, under the names that the functions of this package take. */
export interface RhythmPreset {
  window: number;
  hLo: number;
  hHi: number;
  layers: LayerChoice;
  /** Share of the heads in each class. */
  quantile: number;
  q: number;
  gammaAmp: number;
  alpha: number;
  k: number;
  tauWaad: 'median' | number;
  tauDelta: 'median' | 'topq' | number;
  sign: 'both' | 'positive' | 'negative';
}

const v2: RhythmPreset = {
  window: 10,
  hLo: 10,
  hHi: 100,
  layers: 'middle5',
  quantile: 0.3,
  q: 0.4,
  gammaAmp: 1.5,
  alpha: 0.5,
  k: 3,
  tauWaad: 'median',
  tauDelta: 'median',
  sign: 'both',
};

const presets = {
  v2,
  v1: { ...v2, hHi: 50, sign: 'positive' },
  tiny: { ...v2, window: 4, hLo: 2, hHi: 16, layers: 'all' },
} satisfies Record<string, RhythmPreset>;

/**
 * Settings of the paper's second version (`v2`, the library's defaults) and of its first (`v1`), and settings for
 * sequences of tens of tokens and a few layers (`tiny`).
 * @throws ArgumentError for another name
 */
export function rhythmPreset(name: 'v1' | 'v2' | 'tiny' = 'v2'): RhythmPreset {
  if (!Object.hasOwn(presets, name)) {
    throw refuse('rhythmPreset', 'name', "'v1', 'v2' or 'tiny'", name);
  }
  return { ...presets[name] };
}
