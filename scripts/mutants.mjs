// Whether the op cases would notice a wrong kernel: deletes each barrier and each wait for a copy, and shifts each bound
// by one, one at a time, and runs the op's cases on the emulator, in three schedules. What survives that meets
// ThreadSanitizer, a shifted bound AddressSanitizer, too.
//   node scripts/mutants.mjs [--op name] [--sample n --seed s] [--jobs n] [--fresh] [--record]
// --sample takes whole files, in an order that the seed gives, until they have n mutants.
// --record writes what was found to native/test/simt/mutants.json.
// Results are kept in build-simt/mutants, so an interrupted run goes on where it was; what survived is tried again.
// Exit status 1 when fewer than 95 % of the mutants fail, or, of a sample, when one survives that is not in the record,
// in a file that has not changed since.
// Mutants that are provably equivalent are listed in native/test/simt/equivalent-mutants.json.
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './root.mjs';
import { kernelFiles, mutantsOf, opsOf, sourcesOf } from './simt/mutations.mjs';
import { Judge, isKilled, isSurvivor } from './simt/judge.mjs';
import { LEAST_KILLED, MutantRecord } from './simt/mutant-record.mjs';
import { buildRunner } from './simt/runner.mjs';
import { dumpCases } from './simt/dump-cases.mjs';

const { values } = parseArgs({
  options: {
    op: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    fresh: { type: 'boolean' },
    record: { type: 'boolean' },
  },
});
const folder = join(root, 'build-simt/mutants');
const resultFile = join(folder, 'results.jsonl');
const equivalents = JSON.parse(
  readFileSync(join(root, 'native/test/simt/equivalent-mutants.json'), 'utf8'),
);
const isEquivalent = ({ file, text, change }) =>
  equivalents.some((e) => e.file === file && e.line === text.trim() && e.change === change);

function knownVerdicts() {
  if (values.fresh) rmSync(resultFile, { force: true });
  const lines = existsSync(resultFile) ? readFileSync(resultFile, 'utf8').split('\n') : [];
  const results = lines.filter(Boolean).map((line) => JSON.parse(line));
  return new Map(results.filter(isKilled).map(({ id, verdict }) => [id, verdict]));
}

const record = new MutantRecord();
mkdirSync(folder, { recursive: true });
let files = kernelFiles().filter(
  (file) => !values.op || sourcesOf(file).some((unit) => opsOf(unit).includes(values.op)),
);
if (values.sample) files = record.sampled(files, Number(values.sample), values.seed);
const all = files.flatMap((file) => mutantsOf(file));
const isLeftOut = values.sample ? (mutant) => record.hasSurvivor(mutant) : () => false;
const mutants = all.filter((mutant) => !isEquivalent(mutant) && !isLeftOut(mutant));
const known = knownVerdicts();
for (const build of ['plain', 'thread', 'address']) await buildRunner(build);
const judges = new Set(mutants.flatMap(({ file }) => sourcesOf(file).flatMap(opsOf)));
await dumpCases(join(root, 'build-simt/cases'), [...judges]);

const started = performance.now();
const judge = new Judge(folder);
const verdicts = [];
const queue = [...mutants];
async function work(worker) {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const { id, file, line, change, text } = mutant;
    let verdict = known.get(id);
    if (!verdict) {
      verdict = await judge.verdict(mutant, worker);
      appendFileSync(resultFile, `${JSON.stringify({ id, verdict, file, line, change })}\n`);
    }
    verdicts.push({ ...mutant, verdict });
    if (isSurvivor({ verdict })) {
      console.log(`${verdict} ${file}:${line} ${change}: ${text.trim()}`);
    }
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, (_, worker) => work(worker)));

const killed = verdicts.filter(isKilled);
const survivors = verdicts.filter(isSurvivor);
const tried = killed.length + survivors.length;
const share = tried === 0 ? 1 : killed.length / tried;
console.log(
  `mutants: ${killed.length} of ${tried} killed (${(100 * share).toFixed(1)} %); ` +
    `${verdicts.length - tried} more were no other program, ` +
    `${all.filter(isEquivalent).length} more are equivalent; ` +
    `${Math.round((performance.now() - started) / 1e3)} s${values.sample ? `, seed ${values.seed}` : ''}`,
);
for (const verdict of new Set(killed.map((mutant) => mutant.verdict)))
  console.log(`  ${killed.filter((mutant) => mutant.verdict === verdict).length} ${verdict}`);
if (values.record) record.write(files, verdicts, isEquivalent);
const failed = values.sample
  ? survivors.some(({ file }) => !record.isStale(file))
  : share < LEAST_KILLED;
process.exitCode = failed ? 1 : 0;
