import type { ValueRule } from './option-values.js';

/** Where people read what goes on: stdout, or stderr with `--json`. */
export interface Display {
  output: NodeJS.WriteStream;
  /** Writes a line there. */
  say(text: string): void;
}

/** What a trainer's run comes to. */
export interface Trained {
  /** The line of `--json`. */
  json: Record<string, unknown>;
  /** A signal ended the run early. */
  interrupted: boolean;
  /** The words after `anacrusis train` that continue the run. */
  resume: string;
}

/** A rule for each option that has a default; the compiler sees to it that none is missing. */
export type RulesOf<Options> = {
  [Name in keyof Options as undefined extends Options[Name] ? never : Name]: ValueRule<
    Options[Name]
  >;
};

/** A trainer as a command. */
export interface Trainer {
  name: string;
  summary: string;
  /** Every option with its default. */
  defaults: object;
  /** What each of them may be. */
  rules: Readonly<Record<string, ValueRule>>;
  /** The interface whose doc comments describe the options. */
  optionsInterface: string;
  /** @param given the options that were typed */
  run(given: Record<string, unknown>, display: Display): Promise<Trained>;
}
