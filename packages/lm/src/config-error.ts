import { CheckpointError } from '@anacrusis/tensor';

/**
 * A value of a JSON file that this architecture cannot be built from.
 * Codes: `corrupt` for a value that makes no sense, `version` for a variant of the architecture that is refused.
 */
export class ConfigError extends CheckpointError {
  constructor(
    code: 'corrupt' | 'version',
    file: string,
    readonly key: string,
    readonly expected: string,
    readonly received: string,
  ) {
    super(code, file, `${key}: expected ${expected}, received ${received}`);
  }
}

/** A value of JSON in a few words, for a message. */
export function inWords(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
