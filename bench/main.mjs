// npm run bench [family...] [-- --filter text] [--json] [--gpu] [--threads n] [--rounds n] [--no-peers]
import { readdirSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { descriptions } from '@anacrusis/native';
import { benchKernels } from './kernels.mjs';
import { torchVersion } from './peer.mjs';
import { appendRecord } from './record.mjs';
import { writeReport } from './report.mjs';
import { cpuDevice, gpuDevice } from './yardstick.mjs';

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    filter: { type: 'string' },
    json: { type: 'boolean' },
    gpu: { type: 'boolean' },
    threads: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    'no-peers': { type: 'boolean' },
    reports: { type: 'string', default: fileURLToPath(new URL('./reports/', import.meta.url)) },
  },
});

const suffix = '.bench.mjs';
const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith(suffix))
  .map((file) => file.slice(0, -suffix.length));
const unknown = wanted.find((name) => !names.includes(name));
if (unknown) {
  console.error(`unknown bench '${unknown}': there are ${names.join(', ')}`);
  process.exit(2);
}

const say = values.json ? () => {} : console.log;
const threads = Number(values.threads ?? os.availableParallelism());
const torch = values['no-peers'] ? null : torchVersion();
if (!torch)
  say(
    `peers skipped: ${values['no-peers'] ? '--no-peers' : 'PyTorch cannot be imported by python3 (PYTHON names another)'}`,
  );

function publish(name, row, extra = {}) {
  const record = appendRecord(name, { case: row.name, ...extra, ...row.figures });
  if (values.json) console.log(JSON.stringify(record));
  else console.log(`  ${row.name.padEnd(40)} ${row.text}`);
}

let wrong = 0;
for (const name of names) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const bench = await import(`./${name}${suffix}`);
  if (bench.cases) {
    const device = values.gpu ? gpuDevice('cuda:0') : cpuDevice(threads);
    const family = { name, title: bench.title, cases: bench.cases };
    say(`\n${bench.title} (${device.name}${threads && !values.gpu ? `, ${threads} threads` : ''})`);
    const options = {
      filter: values.filter,
      rounds: Number(values.rounds),
      peers: torch !== null,
      descriptions,
    };
    const rows = await benchKernels(family, device, {
      ...options,
      onRow: (row) => publish(name, row, { device: device.name, threads: device.threads }),
    });
    wrong += rows.filter(({ figures }) => figures.wrong).length;
    if (rows.length > 0) writeReport(values.reports, family, rows);
  } else if (!values.gpu && !values.filter) {
    say(`\n${bench.title}`);
    for (const row of await bench.run()) publish(name, row);
  }
}
process.exitCode = wrong > 0 ? 1 : 0;
