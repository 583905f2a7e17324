import { readdirSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { descriptions, deviceInfo } from '@anacrusis/native';
import { benchKernels } from './kernels.mjs';
import { torchVersion } from './peer.mjs';
import { appendRecord } from './record.mjs';
import { writeReport } from './report.mjs';
import { cpuDevice, gpuDevice } from './yardstick.mjs';

const usage = `npm run bench -- [family ...] [options]

  --filter <text>     only cases whose name holds the text
  --json              a JSON record per line, nothing else
  --gpu               on cuda:0 instead of the CPU
  --threads <number>  threads of the CPU (default: all)
  --rounds <number>   timings per candidate (default: 15)
  --no-peers          without PyTorch
  --reports <folder>  where tables and plots go (default: bench/reports)
`;

const suffix = '.bench.mjs';
const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith(suffix))
  .map((file) => file.slice(0, -suffix.length));

function refuse(text) {
  console.error(`${text}\n\n${usage}\nfamilies: ${names.join(', ')}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        filter: { type: 'string' },
        json: { type: 'boolean' },
        gpu: { type: 'boolean' },
        threads: { type: 'string', default: String(os.availableParallelism()) },
        rounds: { type: 'string', default: '15' },
        'no-peers': { type: 'boolean' },
        reports: { type: 'string', default: fileURLToPath(new URL('./reports/', import.meta.url)) },
      },
    });
  } catch (error) {
    return refuse(error.message.split('. ')[0]);
  }
}

const { values, positionals: wanted } = readArguments();
if (values.help) {
  console.log(`${usage}\nfamilies: ${names.join(', ')}`);
  process.exit(0);
}
const unknown = wanted.find((name) => !names.includes(name));
if (unknown) refuse(`Unknown family '${unknown}'`);
for (const name of ['threads', 'rounds']) {
  if (!/^[1-9]\d*$/.test(values[name])) {
    refuse(`--${name}: expected a whole number from 1 on, received '${values[name]}'`);
  }
}
const { available, reason } = values.gpu ? deviceInfo() : { available: true };
if (!available) {
  console.error(`--gpu: ${reason}`);
  process.exit(2);
}

const say = values.json ? () => {} : console.log;
const threads = Number(values.threads);
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
let measured = 0;
for (const name of names) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const bench = await import(`./${name}${suffix}`);
  if (bench.cases) {
    const device = values.gpu ? gpuDevice('cuda:0') : cpuDevice(threads);
    const cases = values.gpu ? [...bench.cases, ...(bench.gpuCases ?? [])] : bench.cases;
    const family = { name, title: bench.title, cases };
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
    measured += rows.length;
    wrong += rows.filter(({ figures }) => figures.wrong).length;
    if (rows.length > 0) writeReport(values.reports, family, rows);
  } else if (!values.gpu && !values.filter) {
    say(`\n${bench.title}`);
    measured += 1;
    for (const row of await bench.run()) publish(name, row);
  }
}
if (measured === 0)
  console.error('no case was measured: nothing fits --filter, --gpu and the families named');
process.exitCode = wrong > 0 || measured === 0 ? 1 : 0;
