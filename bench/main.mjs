// npm run bench [name...]: runs the benches, prints a table, appends the records.
import { readdirSync } from 'node:fs';
import { appendRecord } from './record.mjs';

const wanted = process.argv.slice(2);
const files = readdirSync(new URL('.', import.meta.url)).filter((file) =>
  file.endsWith('.bench.mjs'),
);
const names = files.map((file) => file.replace('.bench.mjs', ''));
const unknown = wanted.find((name) => !names.includes(name));
if (unknown) {
  console.error(`unknown bench '${unknown}': there are ${names.join(', ')}`);
  process.exit(2);
}

for (const name of names) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { title, run } = await import(`./${name}.bench.mjs`);
  console.log(`\n${title}`);
  for (const row of await run()) {
    console.log(`  ${row.name.padEnd(34)} ${row.text}`);
    appendRecord(name, { case: row.name, ...row.figures });
  }
}
