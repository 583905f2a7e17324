// Builds and runs native/test/simt/run_cases.
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.mjs';
import { root } from '../root.mjs';

const SECONDS = 120; // of processor time, of one run
/** The problem of a run that takes longer. */
export const NO_END = 'no end';
const flags = {
  plain: [],
  thread: ['-fsanitize=thread', '-g1', '-DANACRUSIS_SIMT_TSAN'],
  address: ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-g1'],
};
const common = [
  ...['-std=c++20', '-O1', '-fstack-clash-protection', '-ffp-contract=off', '-fno-math-errno'],
  ...['-fno-trapping-math', '-w', '-DANACRUSIS_CUDA', '-DANACRUSIS_EMULATED'],
];

const [plainDevice, clusters] = [
  'capability=86 shared_bytes=101376 seconds=20',
  'capability=90 shared_bytes=232448 seconds=20',
];
/** The schedules that everything is run in. */
export const schedules = [
  `order=forward resident=1 multiprocessors=3 flush=right ${plainDevice}`,
  `order=reverse resident=2 multiprocessors=1 flush=left ${plainDevice}`,
  `order=random seed=1 resident=3 multiprocessors=7 flush=right ${clusters}`,
];
// Of ThreadSanitizer, which needs one schedule only, and not large cases.
const MOST_ELEMENTS = 6_000;
const moreElements = { policy_loss_logits: 40_000 }; // clusters take rows of more than 16,384 logits

const folderOf = (build) => join(root, 'build-simt', build);

/** Builds everything of one kind: 'plain', 'address' or 'thread'. */
export async function buildRunner(build) {
  const sanitize = build === 'plain' ? 'none' : build;
  const source = join(root, 'native/test/simt');
  await run('cmake', ['-S', source, '-B', folderOf(build), `-DSANITIZE=${sanitize}`]);
  await run('cmake', ['--build', folderOf(build), '--parallel', '2']);
}

export const runnerOf = (build) => join(folderOf(build), 'run_cases');

/**
 * Compiles one kernel file of an overlay of the tree; false when it does not compile. Paths that the code may hold are
 * relative to the overlay, so that equal code gives equal objects in any overlay.
 */
export async function compileKernel(build, overlay, source, object, options = []) {
  const folders = ['native', join(root, 'native'), join(root, source, '..')];
  const includes = [...folders, join(root, 'native/test/simt')].map((folder) => `-I${folder}`);
  const args = [...common, ...flags[build], ...options, ...includes, '-x', 'c++', '-c'];
  try {
    await run('g++', [...args, source, '-o', object], { cwd: overlay });
    return true;
  } catch {
    return false;
  }
}

/** A runner with these objects in place of those of the library. */
export async function linkRunner(build, objects, program) {
  const folder = folderOf(build);
  const runner = join(folder, 'CMakeFiles/run_cases.dir/run_cases.cpp.o');
  const libraries = ['engine', 'kernels'].map((name) => join(folder, `lib${name}.a`));
  const group = ['-Wl,--start-group', ...libraries, '-Wl,--end-group', '-lpthread', '-ldl'];
  await run('g++', [...flags[build], runner, ...objects, ...group, '-o', program]);
}

/**
 * Runs op cases out of build-simt/cases.
 * @returns {Promise<{ failed: boolean, problem: string, output: string }>} `problem` in a word or two
 */
export function runCases(program, build, ops, { stop = false, mutant = 0 } = {}) {
  const files = ops.map((op) => join(root, 'build-simt/cases', `${op}.cases`));
  if (stop) files.sort((a, b) => statSync(a).size - statSync(b).size);
  const wanted = build === 'plain' ? schedules : [schedules[build === 'thread' ? 2 : 1]];
  const args = wanted.flatMap((words) => ['--schedule', words]);
  const most = Math.max(...ops.map((op) => moreElements[op] ?? MOST_ELEMENTS));
  if (build === 'thread') args.push('--most', String(most));
  if (stop) args.push('--stop');
  const env = {
    ...process.env,
    TSAN_OPTIONS: `exitcode=66 ${stop ? 'halt_on_error=1' : ''} report_signal_unsafe=0`,
    ASAN_OPTIONS: 'detect_stack_use_after_return=0',
    ANACRUSIS_MUTANT: String(mutant),
  };
  return new Promise((resolve, reject) => {
    const limited = ['-c', `ulimit -t ${SECONDS}; exec "$0" "$@"`, program, ...args, ...files];
    const child = spawn('bash', limited, { env });
    let output = '';
    const append = (data) => (output = (output + data).slice(-100_000));
    child.stdout.on('data', append);
    child.stderr.on('data', append);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      resolve({ failed: status !== 0, problem: problemIn(output, status, signal), output });
    });
  });
}

function problemIn(output, status, signal) {
  if (status === 0) return '';
  if (signal) return /SIGKILL|SIGXCPU/.test(signal) ? NO_END : signal;
  if (/illegal (read|write)|outside|behind the end/.test(output)) return 'a touch out of bounds';
  if (/barrier|deadlock|collective|lane|stall|waited for|still running/.test(output))
    return 'the engine';
  if (/other bits/.test(output)) return 'other bits';
  if (/: got /.test(output)) return 'wrong numbers';
  return `exit ${status}`;
}
