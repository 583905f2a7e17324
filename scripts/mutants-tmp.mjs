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
const MOST_UNITS = 4; // whose cases may miss a mutant of a header before it counts as survivor
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

function layOut(overlay, unit, mutant) {
  rmSync(overlay, { recursive: true, force: true });
  for (const source of new Set([mutant?.file ?? unit, unit])) {
    mkdirSync(dirname(join(overlay, source)), { recursive: true });
    const text = source === mutant?.file ? mutant.source : readFileSync(join(root, source));
    writeFileSync(join(overlay, source), text);
  }
}

const baselines = new Map();

/** The object of a unit as it is; the same for every mutant. */
function baseline(unit) {
  if (!baselines.has(unit)) {
    const overlay = join(folder, 'baseline', unit.replaceAll('/', '-'));
    layOut(overlay, unit);
    const object = join(overlay, 'unit.o');
    baselines.set(
      unit,
      compileKernel('plain', overlay, unit, object).then(() => readFileSync(object)),
    );
  }
  return baselines.get(unit);
}

/** 'killed by ...', 'survived', 'same code' (the compiler makes the same of it) or 'does not compile'. */
async function judge(mutant, worker) {
  const overlay = join(folder, `worker-${worker}`);
  let changed = 0;
  for (const unit of sourcesOf(mutant.file)) {
    const same = await baseline(unit);
    layOut(overlay, unit, mutant);
    const object = join(overlay, 'unit.o');
    if (!(await compileKernel('plain', overlay, unit, object))) return 'does not compile';
    if (readFileSync(object).equals(same)) continue;
    for (const build of ['plain', mutant.kind === 'barrier' ? 'thread' : 'address']) {
      if (build !== 'plain') await compileKernel(build, overlay, unit, object);
      const program = join(overlay, 'run_cases');
      await linkRunner(build, [object], program);
      const { failed, problem } = await runCases(program, build, opsOf(unit), { stop: true });
      if (failed) return `killed by ${build === 'plain' ? problem : build}`;
    }
    if (++changed === MOST_UNITS) break;
  }
  return changed > 0 ? 'survived' : 'same code';
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

let mutants = kernelFiles().filter((f) => /logit_clusters|policy_loss_logits.cu/.test(f))
  .filter((file) => !values.op || sourcesOf(file).some((unit) => opsOf(unit).includes(values.op)))
  .flatMap((file) => mutantsOf(file));
const equivalent = mutants.filter(isEquivalent);
mutants = mutants.filter((mutant) => !isEquivalent(mutant));
const all = mutants.length;
if (values.sample) mutants = sampled(mutants, Number(values.sample), values.seed);
for (const build of ['plain', 'thread', 'address']) await buildRunner(build);
const cases = join(root, 'build-simt/cases');
const judges = new Set(mutants.flatMap(({ file }) => sourcesOf(file).flatMap(opsOf)));
await dumpCases(cases, [...judges]);

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

const tried = verdicts.filter(
  ({ verdict }) => verdict === 'survived' || verdict.startsWith('killed'),
);
const killed = tried.filter(({ verdict }) => verdict.startsWith('killed'));
const by = new Map();
for (const { verdict } of killed) by.set(verdict, (by.get(verdict) ?? 0) + 1);
const share = tried.length === 0 ? 1 : killed.length / tried.length;
console.log(
  `mutants: ${killed.length} of ${tried.length} killed (${(100 * share).toFixed(1)} %); ` +
    `${all} there are; ${verdicts.length - tried.length} more were no other program, ` +
    `${equivalent.length} more are equivalent; ${Math.round((performance.now() - started) / 1e3)} s` +
    `${values.sample ? `, seed ${values.seed}` : ''}`,
);
for (const [verdict, count] of [...by].sort(([, a], [, b]) => b - a))
  console.log(`  ${count} ${verdict}`);
process.exitCode = share >= LEAST_KILLED ? 0 : 1;
