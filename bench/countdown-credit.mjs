// node bench/countdown-credit.mjs [--steps N] [--seeds 1,2,3] [--arms none,coupled] [--jobs 2]
// Post-trains the shipped Countdown model with every credit rule and its controls, same number of steps
// and one thread each; appends one record per finished run and prints the table. Runs that are already
// in the records under the same name, steps and model are not repeated: interrupt and continue at will.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { circumstances } from './record.mjs';
import { median } from './timing.mjs';

const arms = {
  none: { credit: 'none' },
  random: { credit: 'local', select: 'random' },
  entropy: { credit: 'local', select: 'entropy' },
  local: { credit: 'local' },
  global: { credit: 'global' },
  coupled: { credit: 'coupled' },
  'coupled-bottom': { credit: 'coupled', select: 'bottom' },
};

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '240' },
    seeds: { type: 'string', default: '1,2,3' },
    arms: { type: 'string', default: Object.keys(arms).join(',') },
    jobs: { type: 'string', default: '2' },
  },
});

const records = new URL('./results/countdown-credit.jsonl', import.meta.url);
const base = fileURLToPath(new URL('../models/countdown-base', import.meta.url));
const weights = readFileSync(join(base, 'model.safetensors'));
const model = createHash('sha256').update(weights).digest('hex').slice(0, 12);
const steps = Number(values.steps);

function readRecords() {
  if (!existsSync(records)) return [];
  return readFileSync(records, 'utf8').split('\n').filter(Boolean).map(JSON.parse);
}

const done = (arm, seed) =>
  readRecords().find(
    (r) => r.arm === arm && r.seed === seed && r.steps === steps && r.model === model,
  );

function runOne(arm, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'anacrusis-credit-'));
  const options = { ...arms[arm], model: base, steps, seed, runDir: join(folder, 'run') };
  const script = fileURLToPath(new URL('./lm/post-train.mjs', import.meta.url));
  const env = { ...process.env, ANACRUSIS_THREADS: '1' };
  const child = spawn(process.execPath, [script, JSON.stringify(options)], { env });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.pipe(process.stderr);
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      rmSync(folder, { recursive: true });
      if (code !== 0) return reject(new Error(`${arm}, seed ${seed}: exit code ${code}`));
      const record = { arm, seed, steps, model, ...circumstances(), ...JSON.parse(output) };
      appendFileSync(records, JSON.stringify(record) + '\n');
      console.log(
        `${arm}, seed ${seed}: ${record.before.toFixed(3)} -> ${record.after.toFixed(3)}`,
      );
      resolve();
    });
  });
}

/** Half width of the 95 % interval of a mean of few values (Student's t). */
function halfWidth(list) {
  const t = [NaN, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  const variance = list.reduce((a, b) => a + (b - mean) ** 2, 0) / (list.length - 1);
  return (t[list.length - 1] ?? 1.96) * Math.sqrt(variance / list.length);
}

function row(arm, seeds) {
  const runs = seeds.map((seed) => done(arm, seed)).filter(Boolean);
  if (runs.length === 0) return `| ${arm} | open | | | | | |`;
  const after = runs.map((r) => r.after);
  const mean = after.reduce((a, b) => a + b, 0) / after.length;
  const at = (name) => median(runs.map((r) => r[name])).toFixed(3);
  const interval =
    runs.length > 1 ? `${mean.toFixed(3)} ± ${halfWidth(after).toFixed(3)}` : 'one seed';
  const each = after.map((a) => a.toFixed(3)).join(', ');
  return `| ${arm} | ${each} | ${median(after).toFixed(3)} | ${interval} | ${at('firstAttemptHit')} | ${at('stopOnMiss')} | ${median(runs.map((r) => r.cpuSeconds)).toFixed(0)} |`;
}

const seeds = values.seeds.split(',').map(Number);
const wanted = values.arms.split(',');
const unknown = wanted.find((arm) => !(arm in arms));
if (unknown) throw new Error(`unknown arm '${unknown}': there are ${Object.keys(arms).join(', ')}`);
const queue = seeds.flatMap((seed) => wanted.map((arm) => ({ arm, seed })));
const open = queue.filter(({ arm, seed }) => !done(arm, seed));
console.log(`${open.length} of ${queue.length} runs are open`);
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async () => {
    for (let next; (next = open.shift());) await runOne(next.arm, next.seed);
  }),
);
console.log(
  '\n| credit | accuracy after, per seed | median | mean, 95 % interval over seeds | first-attempt hits | P(stop, miss) | CPU-seconds |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const arm of wanted) console.log(row(arm, seeds));
