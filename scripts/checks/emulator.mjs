// What the SIMT emulator shows beyond op cases (which the tests run): sanitizers over the same cases, its own messages
// and a sample of wrong kernels. See native/test/simt/README.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, run, runNode, which } from '../command.mjs';
import { root } from '../root.mjs';
import { findNvcc } from '../setup/native-build.mjs';
import { secondsSince } from '../setup/step.mjs';
import { LEAST_KILLED, MOST_STALE, MutantRecord } from '../simt/mutant-record.mjs';
import { buildRunner, runCases, runnerOf } from '../simt/runner.mjs';

const MUTANTS = 30;
const RACE = 66; // exit status that ThreadSanitizer is told to use

const wrongKernels = (build, args = []) =>
  run(join(root, 'build-simt', build, 'wrong_kernels'), args, {
    env: { TSAN_OPTIONS: `exitcode=${RACE}`, ASAN_OPTIONS: 'detect_stack_use_after_return=0' },
  });

async function messages(report) {
  for (const build of ['plain', 'address', 'thread']) {
    await wrongKernels(build);
    report.pass(`wrong kernels get the right message (${build} build)`);
  }
  for (const race of (await wrongKernels('thread', ['list'])).trim().split('\n')) {
    const status = await wrongKernels('thread', [race]).then(
      () => 'no report',
      (error) => (/ThreadSanitizer: data race/.test(error.output) ? 'race' : error.message),
    );
    if (status === 'race') report.pass(`ThreadSanitizer sees ${race}`);
    else report.fail(race, `ThreadSanitizer should have reported a race: ${status}`);
  }
}

/** Both sanitizers over all ops, two at a time. */
async function sanitizers(report, ops) {
  for (const build of ['address', 'thread']) {
    const started = performance.now();
    const queue = [...ops];
    const totals = { cases: 0, left: 0 };
    const work = async () => {
      for (let op = queue.shift(); op; op = queue.shift()) {
        const { failed, output } = await runCases(runnerOf(build), build, [op]);
        const counted = /(\d+) cases, \d+ failed, (\d+) left out/.exec(output);
        totals.cases += Number(counted?.[1] ?? 0);
        totals.left += Number(counted?.[2] ?? 0);
        if (failed) report.fail(`${build} sanitizer, ${op}`, output.slice(0, 3000));
        else report.pass(`${build} sanitizer, ${op}`);
      }
    };
    await Promise.all([work(), work()]);
    report.note(
      `${build} sanitizer: ${totals.cases} cases of ${ops.length} ops, ${totals.left} left out as ` +
        `too large, ${secondsSince(started)}`,
    );
  }
}

/** The record of all mutants must be good enough and not too old, and a sample must show no survivor beside it. */
async function mutants(report) {
  const { killed, survived, equivalent, same, stale, staleShare } = new MutantRecord().totals();
  const share = killed / (killed + survived);
  const percent = (x) => `${(100 * x).toFixed(1)} %`;
  const count =
    `mutants recorded (native/test/simt/mutants.json): ${killed} of ${killed + survived} killed ` +
    `(${percent(share)}), ${equivalent} more are equivalent, ${same} no other program; ` +
    `${stale.length} files with ${percent(staleShare)} of all mutants changed since`;
  if (share >= LEAST_KILLED && staleShare <= MOST_STALE) report.pass(count);
  else report.fail('mutants', `${count}; node scripts/mutants.mjs --record`);
  const seed = await run('git', ['rev-parse', 'HEAD']).catch(() => '1');
  const args = [
    'scripts/mutants.mjs',
    '--sample',
    String(MUTANTS),
    '--seed',
    seed.trim(),
    '--fresh',
  ];
  const lines = (output) =>
    output.split('\n').filter((text) => /^(mutants|survived|not re)/.test(text));
  try {
    lines(await runNode(args)).forEach((line) => report.note(line));
    report.pass('a sample of mutants: no survivor that is not recorded');
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const found = lines(error.output).join('\n');
    report.fail(
      'mutants',
      `${found || error.output}\nadd a case that notices it, or, if it is equivalent, an entry in ` +
        'native/test/simt/equivalent-mutants.json',
    );
  }
}

async function rounding(report) {
  const nvcc = findNvcc();
  if (!nvcc) {
    report.skip(
      'rounding of bf16 and f16',
      'the CUDA toolkit, whose headers it needs, is not installed',
    );
    return;
  }
  const program = join(root, 'build-simt/rounding');
  const source = join(root, 'native/test/simt/rounding.cpp');
  await run(nvcc, ['-std=c++20', '-O2', `-I${join(root, 'native')}`, source, '-o', program]);
  const output = await run(program, []);
  report.pass('bf16 and f16 round as the toolkit does, all inputs');
  report.note(output.trim());
}

export const emulator = {
  name: 'emulator',
  async run(report) {
    if (!which('cmake')) {
      report.skip('emulator', 'CMake is not installed');
      return;
    }
    const started = performance.now();
    for (const build of ['plain', 'address', 'thread']) await buildRunner(build);
    await runNode(['scripts/simt/dump-cases.mjs', 'build-simt/cases']);
    report.note(`builds and cases: ${secondsSince(started)}`);
    const ops = JSON.parse(readFileSync(join(root, 'build-simt/cases/ops.json'), 'utf8'));
    await messages(report);
    await sanitizers(report, ops);
    await mutants(report);
    await rounding(report);
  },
};
