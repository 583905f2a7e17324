export { namedArray, typedArrayOf } from './named-array.js';
export type { NamedArray, PlainTypedArray, SafetensorsDtype } from './named-array.js';
export { readSafetensors } from './read-safetensors.js';
export type { ReadSafetensorsOptions, SafetensorsFile } from './read-safetensors.js';
export { writeSafetensors, writeSafetensorsFile } from './write-safetensors.js';
export type { WriteSafetensorsOptions } from './write-safetensors.js';
