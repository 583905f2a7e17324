import { ConfigError, inWords } from './config-error.js';

/** Reads the keys of a JSON object; what does not fit is refused by file, key, expected and received. */
export class ConfigReader {
  constructor(
    private readonly json: Record<string, unknown>,
    private readonly file: string,
    private readonly prefix = '',
  ) {}

  value(key: string): unknown {
    return Object.hasOwn(this.json, key) ? this.json[key] : undefined;
  }

  /** The object under a key; undefined where there is none or null. */
  within(key: string): ConfigReader | undefined {
    const inner = this.value(key) ?? undefined;
    if (inner === undefined) return undefined;
    if (typeof inner !== 'object' || Array.isArray(inner)) this.refuse(key, 'an object', inner);
    return new ConfigReader(inner as Record<string, unknown>, this.file, `${key}.`);
  }

  count(key: string, fallback?: number): number {
    const value = this.value(key) ?? fallback;
    if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 31) {
      return value as number;
    }
    return this.refuse(key, 'an integer in 1..2^31-1', value);
  }

  number(key: string, least: number, fallback: number): number {
    const value = this.value(key);
    if (value === undefined || value === null) return fallback;
    if (typeof value === 'number' && value >= least && value < 1e30) return value;
    return this.refuse(key, `a number in ${least}..1e30`, value);
  }

  flag(key: string): boolean {
    const value = this.value(key) ?? false;
    if (typeof value === 'boolean') return value;
    return this.refuse(key, 'true or false', value);
  }

  only(key: string, allowed: readonly unknown[]): void {
    const value = this.value(key);
    if (allowed.includes(value)) return;
    const words = allowed.filter((one) => one !== undefined).map(inWords);
    this.refuse(key, words.join(' or '), value, 'version');
  }

  refuse(
    key: string,
    expected: string,
    value: unknown,
    code: 'corrupt' | 'version' = 'corrupt',
  ): never {
    throw new ConfigError(code, this.file, this.prefix + key, expected, inWords(value));
  }
}
