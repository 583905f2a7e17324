export {
  attentionMetricsFromMaps,
  type MapMetrics,
  type MapMetricsInput,
} from './attention-metrics-from-maps.js';
export { attentionMetrics } from './attention-metrics.js';
export type { AttentionMetricsInput, HeadMetrics, HeadSums } from './attention-metrics.js';
export { chooseLayers, type LayerChoice } from './choose-layers.js';
export { classifyHeads, type HeadClasses } from './classify-heads.js';
export { observedAttentionScores, snapKvScores, tovaScores } from './eviction-scores.js';
export type { HeadChoice } from './head-choice.js';
export { headMean } from './head-mean.js';
export { headSpans } from './head-spans.js';
export type { HalfArray, QueryKeys, QueryRange } from './query-keys.js';
export { rhythmCredit, type RhythmCredit, type RhythmCreditInput } from './rhythm-credit.js';
export { rhythmPreset, type RhythmPreset } from './rhythm-preset.js';
export { shapeAdvantages } from './shape-advantages.js';
export { alignSignal, signalRows, type RowAlignment } from './signal-rows.js';
