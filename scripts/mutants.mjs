// Whether the op cases would notice a wrong kernel: deletes each barrier and each wait for a copy, and shifts each bound
// by one, one at a time; compiles that file and runs the op's cases on the emulator, in three schedules; a deleted barrier
// that survives meets ThreadSanitizer, a shifted bound AddressSanitizer.
//   node scripts/mutants.mjs [--op name] [--sample n --seed s] [--jobs n] [--fresh]
// Results are kept in build-simt/mutants, so an interrupted run goes on where it was. Exit status 1 when fewer than 95 %
// of the mutants fail. Mutants that are provably equivalent are listed in native/test/simt/equivalent-mutants.json.
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './root.mjs';
import { kernelFiles, mutantsOf, opsOf, sourcesOf } from './simt/mutations.mjs';
import { buildRunner, compileKernel, linkRunner, runCases } from './simt/runner.mjs';
import { dumpCases } from './simt/dump-cases.mjs';

const LEAST_KILLED = 0.95;
const { values } = parseArgs({
  options: {
    op: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    fresh: { type: 'boolean' },
  },
});
const folder = join(root, 'build-simt/mutants');
const resultFile = join(folder, 'results.jsonl');
const equivalents = JSON.parse(
  readFileSync(join(root, 'native/test/simt/equivalent-mutants.json'), 'utf8'),
);

/** In an order that depends on the seed and each mutant's own text only. */
function sampled(mutants, count, seed) {
  const key = (mutant) => createHash('sha256').update(`${seed} ${mutant.id}`).digest('hex');
  return mutants
    .map((mutant) => [key(mutant), mutant])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, count)
    .map(([, mutant]) => mutant);
}

function isEquivalent({ file, text, change }) {
  return equivalents.some((e) => e.file === file && e.line === text.trim() && e.change === change);
}

/** 'killed by ...', 'survived' or 'does not compile'. */
async function judge(mutant, worker) {
  const overlay = join(folder, `worker-${worker}`);
  rmSync(overlay, { recursive: true, force: true });
  const ops = opsOf(mutant.file);
  const sources = sourcesOf(mutant.file, ops);
  for (const source of new Set([mutant.file, ...sources])) {
    mkdirSync(dirname(join(overlay, source)), { recursive: true });
    const text = source === mutant.file ? mutant.source : readFileSync(join(root, source));
    writeFileSync(join(overlay, source), text);
  }
  const second = mutant.kind === 'barrier' ? 'thread' : 'address';
  for (const build of ['plain', second]) {
    const objects = [];
    for (const source of sources) {
      const object = join(overlay, `${objects.length}-${build}.o`);
      if (!(await compileKernel(build, overlay, source, object))) return 'does not compile';
      objects.push(object);
    }
    const program = join(overlay, `run-${build}`);
    await linkRunner(build, objects, program);
    const { failed, problem } = await runCases(program, build, ops, { stop: true });
    if (failed) return `killed by ${build === 'plain' ? problem : build}`;
  }
  return 'survived';
}

mkdirSync(folder, { recursive: true });
if (values.fresh) rmSync(resultFile, { force: true });
const known = new Map();
if (existsSync(resultFile)) {
  for (const line of readFileSync(resultFile, 'utf8').split('\n').filter(Boolean)) {
    const { id, verdict } = JSON.parse(line);
    known.set(id, verdict);
  }
}

let mutants = kernelFiles()
  .filter((file) => !values.op || opsOf(file).includes(values.op))
  .flatMap((file) => mutantsOf(file));
const equivalent = mutants.filter(isEquivalent);
mutants = mutants.filter((mutant) => !isEquivalent(mutant));
const all = mutants.length;
if (values.sample) mutants = sampled(mutants, Number(values.sample), values.seed);
for (const build of ['plain', 'thread', 'address']) await buildRunner(build);
const cases = join(root, 'build-simt/cases');
await dumpCases(cases, [...new Set(mutants.flatMap(({ file }) => opsOf(file)))]);

const started = performance.now();
const verdicts = [];
const queue = [...mutants];
async function work(worker) {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    let verdict = known.get(mutant.id);
    if (!verdict) {
      verdict = await judge(mutant, worker);
      appendFileSync(resultFile, `${JSON.stringify({ id: mutant.id, verdict })}\n`);
    }
    verdicts.push({ ...mutant, verdict });
    if (verdict === 'survived') {
      console.log(`survived ${mutant.file}:${mutant.line} ${mutant.change}: ${mutant.text.trim()}`);
    }
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, (_, worker) => work(worker)));

const tried = verdicts.filter(({ verdict }) => verdict !== 'does not compile');
const killed = tried.filter(({ verdict }) => verdict.startsWith('killed'));
const by = new Map();
for (const { verdict } of killed) by.set(verdict, (by.get(verdict) ?? 0) + 1);
const share = tried.length === 0 ? 1 : killed.length / tried.length;
console.log(
  `mutants: ${killed.length} of ${tried.length} killed (${(100 * share).toFixed(1)} %); ` +
    `${all} there are, ${verdicts.length - tried.length} of those tried do not compile, ` +
    `${equivalent.length} more are equivalent; ${Math.round((performance.now() - started) / 1e3)} s` +
    `${values.sample ? `, seed ${values.seed}` : ''}`,
);
for (const [verdict, count] of [...by].sort(([, a], [, b]) => b - a))
  console.log(`  ${count} ${verdict}`);
process.exitCode = share >= LEAST_KILLED ? 0 : 1;
