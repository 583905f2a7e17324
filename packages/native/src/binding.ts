/** One argument of an op, as its description in the native sources has it. */
export interface FieldDescription {
  name: string;
  about: string;
  kind: 'dim' | 'integer' | 'real' | 'flag' | 'choice' | 'array' | 'arrays';
  /** `floats`: f32, bf16 or f16, as the choice `dtypeFrom` says. */
  dtype: 'none' | 'f32' | 'f64' | 'i32' | 'u8' | 'floats';
  dtypeFrom: string;
  role: 'in' | 'out' | 'inout';
  /** Shape expression of an array; for a list of arrays the list that has the same lengths. */
  shape: string;
  choices: string;
  valuesLo: string;
  valuesHi: string;
  inPlace: string;
  lo: number;
  hi: number;
  loOpen: boolean;
  optional: boolean;
  /** An ordinary typed array on every device. */
  onHost: boolean;
}

/** One op: everything that checks, types, documentation and generated tests are made from. */
export interface OpDescription {
  name: string;
  about: string;
  onCuda: boolean;
  fields: FieldDescription[];
}

/** Makes the error of a native refusal: code, op, parameter, expected, received, then byte counts. */
export type ErrorFactory = (
  ...details: [string, string, string, string, string, number, number, number]
) => Error;

export type RawOp = (...values: unknown[]) => void;
export type RawAsyncOp = (...values: unknown[]) => Promise<void>;

/** What every binary exports. */
export interface Binding {
  version: string;
  ops: Record<string, RawOp>;
  opsAsync: Record<string, RawAsyncOp>;
  descriptions: OpDescription[];
  registerErrors(factory: ErrorFactory): void;
}

export interface CpuBinding extends Binding {
  /** `isa` is the build in use, `bestIsa` the best that this processor runs. */
  info(): { isa: string; bestIsa: string; threads: number };
  setThreads(threads: number): void;
}
