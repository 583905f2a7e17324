export * from './curve.js';
export * from './evaluate.js';
export * from './pack.js';
export * from './post-train.js';
export * from './pretrain.js';
export * from './rhythm.js';
export * from './rollout.js';
export { tokenizerJson } from './tokenizer-json.js';
