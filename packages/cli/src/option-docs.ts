import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const INTERFACE = /interface (\w+)(?: extends ([\w, ]+))? \{\n(.*?)\n\}/gs;
const MEMBER = /\/\*\*((?:(?!\*\/).)*)\*\/\s*(?:readonly )?(\w+)\??:/gs;

/**
 * What each option does, read where it is said: the doc comments of an interface in the type
 * declarations beside a module. Without declarations there are no descriptions, nothing else.
 */
export function optionDocs(specifier: string, interfaceName: string): Map<string, string> {
  const interfaces = new Map<string, { bases: string[]; body: string }>();
  for (const text of declarations(dirname(fileURLToPath(import.meta.resolve(specifier))))) {
    for (const [, name, bases = '', body] of text.matchAll(INTERFACE)) {
      interfaces.set(name!, { bases: bases.split(/, */).filter(Boolean), body: body! });
    }
  }
  const docs = new Map<string, string>();
  const collect = (name: string): void => {
    const found = interfaces.get(name);
    found?.bases.forEach(collect);
    for (const [, comment, member] of found?.body.matchAll(MEMBER) ?? []) {
      docs.set(member!, plain(comment!));
    }
  };
  collect(interfaceName);
  return docs;
}

function declarations(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.d.ts'));
  return files.map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** The first sentence of a comment, as help texts have it. */
function plain(comment: string): string {
  const text = comment
    .replace(/\s*\n\s*\*?\s*/g, ' ')
    .replaceAll('`', '')
    .trim();
  const sentence = text.split(/\. (?=[A-Z])/)[0]!.replace(/\.$/, '');
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
