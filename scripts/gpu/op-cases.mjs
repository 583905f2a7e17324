// Every op case on a CUDA device: against the float64 reference with the op's own tolerance, twice for equal
// bits, and beside the CPU's result. One line of JSON per op. On the machine without a GPU the emulator
// stands in: ANACRUSIS_CUDA_BINARY=<its path>.
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { cpu, descriptions, device, deviceInfo } from '@anacrusis/native';
import { allOpCases, compareOutputs, fieldsOf, listed, outputBits } from '@anacrusis/testing';
import { Random, runOnDevice } from '@anacrusis/testing';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda:0' },
    op: { type: 'string', default: '' },
    // For compute-sanitizer, which is a hundred times slower: cases of at most that many elements.
    small: { type: 'boolean' },
    out: { type: 'string' },
  },
});
const MOST_SMALL_ELEMENTS = 40_000; // two rows of 16,400 logits, which clusters take

const info = deviceInfo();
if (!info.available) {
  console.error(`no CUDA device: ${info.reason}`);
  process.exit(2);
}
const target = device(values.device);
const { name: gpu, capability } = info.devices[Number(values.device.slice('cuda:'.length))];
const circumstances = {
  date: new Date().toISOString(),
  commit: process.env.ANACRUSIS_COMMIT ?? null,
  gpu,
  capability,
  driver: info.driverVersion,
  cublasLt: info.cublasLt,
  sanitized: values.small ?? false,
};

const elements = (args) =>
  Object.values(args)
    .flatMap(listed)
    .reduce((sum, array) => sum + (array.length ?? 0), 0);

/** Squared difference of two results over the squared second: normalised mean squared error. */
function nmse(got, want) {
  let [difference, size] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    if (!Number.isFinite(want[i])) continue;
    difference += (got[i] - want[i]) ** 2;
    size += want[i] ** 2;
  }
  return size > 0 ? difference / size : difference;
}

function runCase(cases, { args }, index) {
  const make = () => args(new Random(index + 1));
  const [first, second, host] = [make(), make(), make()];
  const expected = cases.reference(make());
  runOnDevice(target, cases.op, first);
  runOnDevice(target, cases.op, second);
  cpu[cases.op](host);
  const problems = compareOutputs(cases, first, expected);
  if (outputBits(cases.op, first) !== outputBits(cases.op, second)) {
    problems.push('two runs differ in their bits');
  }
  const outputs = fieldsOf(cases.op).filter(({ role, dtype }) => role !== 'in' && dtype === 'f32');
  const errors = outputs.flatMap(({ name }) => {
    const theirs = listed(host[name]);
    return listed(first[name]).map((got, i) => nmse(got, theirs[i]));
  });
  return { problems, nmse: Math.max(0, ...errors) };
}

function runOp(cases) {
  const result = { op: cases.op, ...circumstances, cases: 0, left_out: 0, failures: [], nmse: 0 };
  cases.cases.forEach((testCase, index) => {
    if (values.small && elements(testCase.args(new Random(index + 1))) > MOST_SMALL_ELEMENTS) {
      result.left_out++;
      return;
    }
    result.cases++;
    try {
      const { problems, nmse: error } = runCase(cases, testCase, index);
      for (const problem of problems) result.failures.push(`${testCase.name}: ${problem}`);
      result.nmse = Math.max(result.nmse, error);
    } catch (error) {
      result.failures.push(`${testCase.name}: ${error.message}`);
    }
  });
  return result;
}

const onCuda = new Set(descriptions.filter((op) => op.onCuda).map(({ name }) => name));
const all = (await allOpCases()).filter(({ op }) => op.includes(values.op));
const [totals, started] = [{ cases: 0, failures: 0, left_out: 0 }, performance.now()];
for (const cases of all.filter(({ op }) => onCuda.has(op))) {
  const result = runOp(cases);
  totals.cases += result.cases;
  totals.failures += result.failures.length;
  totals.left_out += result.left_out;
  const verdict = result.failures.length === 0 ? 'ok' : `FAILED ${result.failures.length}`;
  console.log(
    `${cases.op.padEnd(28)} ${String(result.cases).padStart(4)} cases  ${verdict.padEnd(10)} ` +
      `NMSE to the CPU ${result.nmse.toExponential(1)}`,
  );
  for (const failure of result.failures.slice(0, 5)) console.log(`    ${failure}`);
  if (values.out) appendFileSync(values.out, JSON.stringify(result) + '\n');
}
const without = all.filter(({ op }) => !onCuda.has(op)).map(({ op }) => op);
if (without.length > 0) console.log(`no kernel: ${without.join(', ')}`);
console.log(
  `${gpu}: ${totals.cases} cases, ${totals.failures} failures, ${totals.left_out} left out as too ` +
    `large, ${((performance.now() - started) / 1e3).toFixed(0)} s`,
);
process.exitCode = totals.failures > 0 ? 1 : 0;
