import { Option, type Command } from 'commander';
import type { ValueRule } from './option-values.js';

/** `groupSize` as it is typed: `group-size`. */
export const kebab = (name: string): string => name.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase();

/** One option that takes a value. */
export function optionOf(name: string, rule: ValueRule, description: string): Option {
  const { placeholder, choices, parse } = rule;
  const listed = choices ? ` [${choices.join(', ')}]` : '';
  const option = new Option(`--${kebab(name)} <${placeholder}>`, `${description}${listed}`.trim());
  return option.argParser((text) => parse(text));
}

/** One option for each entry of a table of defaults, with the rule of the same name. */
export function addOptions(
  command: Command,
  defaults: object,
  rules: Readonly<Record<string, ValueRule>>,
  descriptions: ReadonlyMap<string, string>,
): void {
  for (const [name, value] of Object.entries(defaults)) {
    const option = optionOf(name, rules[name]!, descriptions.get(name) ?? '');
    command.addOption(option.default(value, String(value)));
  }
}

/** The options of a list that were typed: defaults are the callee's business. */
export function givenOptions(command: Command, names: readonly string[]): Record<string, unknown> {
  const given = names.filter((name) => command.getOptionValueSource(name) === 'cli');
  return Object.fromEntries(given.map((name) => [name, command.getOptionValue(name)]));
}
