import { chooseLayers, rhythmPreset } from '@anacrusis/attention';
import type { Qwen3Model } from '@anacrusis/lm';
import { noGrad, scope, tensor } from '@anacrusis/tensor';
import { creditOf, packSequences, rhythmSignals, type CreditOptions } from '@anacrusis/trainers';
import type { Exchange } from './respond.js';

export type RhythmOptions = Pick<CreditOptions, 'preset' | 'rowAlignment'>;
export type Preset = CreditOptions['preset'];

const RULES = ['local', 'global', 'coupled'] as const;

/** The rhythm of one response: every list has an entry per response token. */
export interface TokenSignals {
  /** Where distances are cut: the largest WAAD. */
  window: number;
  waad: Float32Array;
  /** NaN where no query lies in the token's horizon. */
  fai: Float32Array;
  preplan: boolean[];
  anchor: boolean[];
  credit: Record<(typeof RULES)[number], Float32Array>;
}

/** `tiny` where the paper's five layers of the middle third do not exist. */
export function presetFor({ config }: Qwen3Model): Preset {
  return config.numHiddenLayers < 9 ? 'tiny' : 'v2';
}

/**
 * WAAD, FAI, sets and credits of responses; heads are classified over all of them together.
 * @throws ArgumentError for tokens that the model does not have
 */
export function rhythmOf(
  model: Qwen3Model,
  exchanges: readonly Exchange[],
  { preset, rowAlignment }: RhythmOptions,
): TokenSignals[] {
  const { window, layers } = rhythmPreset(preset);
  const packed = packSequences(
    exchanges.map(({ prompt, tokens }) => ({
      ids: [...prompt, ...tokens],
      promptLength: prompt.length,
    })),
  );
  return scope(() =>
    noGrad(() => {
      const { taps } = model.forward({
        ...{ ids: tensor(packed.ids), offsets: tensor(packed.offsets) },
        rows: tensor(Int32Array.of(0)),
        taps: { layers: chooseLayers(model.config.numHiddenLayers, layers) },
      });
      const signals = rhythmSignals(taps, packed, { preset, rowAlignment });
      const [local, global, coupled] = RULES.map((credit) =>
        creditOf(signals, packed, { credit, select: 'top', preset, rowAlignment }),
      );
      const { waad, fai, horizon } = signals;
      return exchanges.map(({ prompt, tokens }, s) => {
        const begin = packed.offsets[s]! + prompt.length;
        const own = <A extends Float32Array | Int32Array | Uint8Array>(all: A): A =>
          all.slice(begin, begin + tokens.length) as A;
        const queries = own(horizon.i32);
        return {
          ...{ window, waad: own(waad.f32) },
          fai: own(fai.f32).map((value, i) => (queries[i] === 0 ? NaN : value)),
          preplan: Array.from(own(local!.preplan.u8), Boolean),
          anchor: Array.from(own(global!.anchor.u8), Boolean),
          credit: {
            local: own(local!.credit.f32),
            global: own(global!.credit.f32),
            coupled: own(coupled!.credit.f32),
          },
        };
      });
    }),
  );
}
