import { refuse } from './refuse.js';

/** `middle5`: five evenly spaced layers of the middle third; or a list. */
export type LayerChoice = 'middle5' | 'all' | readonly number[];

/**
 * Layers whose attention is read. `middle5` (2510.13554): five evenly spaced ones from floor(L/3) to floor(2L/3);
 * all of that range where it has no more than five.
 * @param numLayers L, layers of the model
 * @throws ArgumentError for a layer that the model does not have
 */
export function chooseLayers(numLayers: number, choice: LayerChoice = 'middle5'): number[] {
  if (!Number.isInteger(numLayers) || numLayers < 1) {
    throw refuse('chooseLayers', 'numLayers', 'an integer >= 1', numLayers);
  }
  if (choice === 'all') return Array.from({ length: numLayers }, (_, layer) => layer);
  if (choice !== 'middle5') return listed(numLayers, choice);
  const first = Math.floor(numLayers / 3);
  const last = Math.floor((2 * numLayers) / 3);
  const count = Math.min(5, last - first + 1);
  const step = count > 1 ? (last - first) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => first + Math.round(i * step));
}

function listed(numLayers: number, layers: readonly number[]): number[] {
  if (!Array.isArray(layers) || layers.length === 0) {
    throw refuse('chooseLayers', 'choice', "'middle5', 'all' or a list of layers", layers);
  }
  const seen = new Set<number>();
  for (const layer of layers as readonly number[]) {
    const known = Number.isInteger(layer) && layer >= 0 && layer < numLayers && !seen.has(layer);
    if (!known) {
      throw refuse('chooseLayers', 'choice', `different layers in [0, ${numLayers - 1}]`, layer);
    }
    seen.add(layer);
  }
  return [...seen].sort((a, b) => a - b);
}
