export * from './op-cases.js';
export * from './random.js';
