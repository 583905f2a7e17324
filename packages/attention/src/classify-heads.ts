import { checkNames } from '@anacrusis/native';
import { expectTensor, type Tensor } from '@anacrusis/tensor';
import { refuse } from './refuse.js';

/** Heads of each layer, in the order of the rows of `span`: `local[i]` are heads of its row i. */
export interface HeadClasses {
  local: number[][];
  global: number[][];
}

const names = new Set(['span', 'quantile']);

/**
 * Locally and globally focused heads: the share `quantile` with the lowest and with the highest mean backward
 * distance, all layers ranked together (2510.13554, sec. 3). At least one head each, never the same one;
 * ceil(quantile * heads), ties by layer and head.
 * @param span [layers,H], see `headSpans`
 * @throws ArgumentError for fewer than two heads, a span that is not finite, a quantile outside of (0, 0.5]
 */
export function classifyHeads(input: { span: Tensor; quantile: number }): HeadClasses {
  checkNames('classifyHeads', names, input);
  const { span, quantile } = input;
  expectTensor('classifyHeads', 'span', span, 'f32', [null, null]);
  if (!(quantile > 0 && quantile <= 0.5)) {
    throw refuse('classifyHeads', 'quantile', 'a number in (0, 0.5]', quantile);
  }
  const [layers, H] = span.shape as [number, number];
  const values = span.read() as Float32Array;
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    const name = `span[${Math.floor(broken / H)}][${broken % H}]`;
    throw refuse('classifyHeads', name, 'a finite number', values[broken], 'ERR_VALUE');
  }
  if (values.length < 2) {
    throw refuse('classifyHeads', 'span', 'at least two heads', values.length, 'ERR_SHAPE');
  }
  const ranked = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const wanted = Math.ceil(quantile * ranked.length - 1e-9);
  const count = Math.max(1, Math.min(wanted, ranked.length >> 1));
  const perLayer = (heads: number[]): number[][] =>
    Array.from({ length: layers }, (_, layer) =>
      heads
        .filter((h) => Math.floor(h / H) === layer)
        .map((h) => h % H)
        .sort((a, b) => a - b),
    );
  return { local: perLayer(ranked.slice(0, count)), global: perLayer(ranked.slice(-count)) };
}
