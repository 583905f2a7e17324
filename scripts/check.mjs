// pnpm check: every check in order, then one line of counts. --only <name> runs those whose name
// holds that text.
import { parseArgs } from 'node:util';
import { packageArrows } from './checks/arrows.mjs';
import { cudaBuild, gypBuild } from './checks/builds.mjs';
import { emulator } from './checks/emulator.mjs';
import { nativeLayers } from './checks/layers.mjs';
import { names } from './checks/names.mjs';
import { format, generated, lint, types } from './checks/programs.mjs';
import { readme } from './checks/readme.mjs';
import { release } from './checks/release.mjs';
import { Report } from './checks/report.mjs';
import { sizes } from './checks/sizes.mjs';
import { isaSymbols } from './checks/symbols.mjs';
import { tests } from './checks/tests.mjs';
import { secondsSince } from './setup/step.mjs';

const checks = [
  ...[format, lint, types, generated, names, packageArrows, nativeLayers, isaSymbols, sizes],
  ...[readme, gypBuild, cudaBuild, emulator, release, tests],
];

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const chosen = checks.filter(({ name }) => name.includes(values.only ?? ''));

function indent(text) {
  return text.trimEnd().replaceAll(/^/gm, '    ');
}

async function runCheck(check) {
  const report = new Report();
  const started = performance.now();
  try {
    await check.run(report);
    if (report.results.length === 0) report.pass(check.name);
  } catch (error) {
    report.fail(check.name, `${error.message}${error.output ? `\n${error.output}` : ''}`);
  }
  const failed = report.count('failed');
  const verdict = failed > 0 ? 'FAILED' : report.count('passed') > 0 ? 'ok' : 'skipped';
  console.log(`${check.name.padEnd(32)} ${verdict.padEnd(8)} ${secondsSince(started)}`);
  for (const line of report.notes) console.log(indent(line));
  for (const { name, state, text } of report.results) {
    if (state === 'failed') console.log(indent(`FAILED ${name}${text ? `: ${text}` : ''}`));
  }
  return report;
}

if (chosen.length === 0) {
  console.error(`No check's name holds '${values.only}': ${checks.map((c) => c.name).join(', ')}.`);
  process.exit(2);
}
const started = performance.now();
const reports = [];
for (const check of chosen) reports.push(await runCheck(check));
const total = (state) => reports.reduce((sum, report) => sum + report.count(state), 0);
console.log(`\n${chosen.length} checks in ${secondsSince(started)}`);
reports.forEach((report, i) => {
  for (const { name, state, count, text } of report.results) {
    if (state === 'passed') continue;
    const line = `${count} ${state}: ${chosen[i].name}: ${name}${text ? `: ${text}` : ''}`;
    console.log(indent(line.split('\n')[0]));
  }
});
console.log(`${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
process.exitCode = total('failed') > 0 ? 1 : 0;
