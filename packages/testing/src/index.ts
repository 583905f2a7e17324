export * from './attention-fixtures.js';
export * from './compare.js';
export * from './emulator.js';
export * from './gradient-check.js';
export * from './numerical-gradient.js';
export * from './op-cases.js';
export * from './packed.js';
export * from './random.js';
