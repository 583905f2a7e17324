// node extra-memory.mjs <family> <case>: bytes of memory that one call needs beside its inputs and outputs, in a
// process of its own, since what is allocated and freed before would hide it. Linux tells the peak since it was reset.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpu, setThreads } from '@anacrusis/native';

const [, , family, name, threads] = process.argv;

function status(key) {
  return (
    Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))[1]) *
    1024
  );
}

setThreads(Number(threads));
const bench = await import(`./${family}.bench.mjs`);
const testCase = bench.cases.find((one) => one.name === name);
const args = testCase.args();
for (const value of Object.values(args).flat()) {
  if (!ArrayBuffer.isView(value)) continue;
  // Every page is written to once: those of outputs are the caller's and do not count.
  for (let i = 0; i < value.length; i += 512) value.fill(value[i], i, i + 1);
}
writeFileSync('/proc/self/clear_refs', '5');
const before = status('VmRSS');
cpu[testCase.op](args);
console.log(Math.max(0, status('VmHWM') - before));
