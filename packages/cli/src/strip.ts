import type { TokenStrip } from '@anacrusis/run';
import type { TokenSignals } from './signals.js';

/** Columns that tokens may take: those of the terminal, at most 100. */
export const stripWidth = ({ columns }: NodeJS.WriteStream): number =>
  Math.min(columns || 100, 100);

/** WAAD and FAI as bars under the tokens. */
export function signalBars({ waad, fai, window }: TokenSignals): NonNullable<TokenStrip['bars']> {
  return [
    { label: 'WAAD', values: waad, max: window },
    { label: 'FAI', values: fai },
  ];
}

/** Everything that the rhythm says of a response, under its tokens. */
export function rhythmStrip(title: string, tokens: string[], signals: TokenSignals): TokenStrip {
  const { waad, fai, preplan, anchor, credit } = signals;
  return {
    ...{ title, tokens, bars: signalBars(signals) },
    marks: [
      { label: 'preplan', members: preplan },
      { label: 'anchor', members: anchor },
    ],
    numbers: [
      { label: 'WAAD', values: waad },
      { label: 'FAI', values: fai, digits: 3 },
      { label: 'local', values: credit.local, dim: 1 },
      { label: 'global', values: credit.global, dim: 1 },
      { label: 'coupled', values: credit.coupled, dim: 1 },
    ],
  };
}
