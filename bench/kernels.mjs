// Times one family of kernels: checked first, then in turn with the machine's yardstick and with peers.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { allOpCases, compareOutputs, fieldsOf } from '@anacrusis/testing';
import { Peer } from './peer.mjs';
import { once, summary, yardstick } from './yardstick.mjs';

/**
 * A case of a family:
 *   name       shape as people write it
 *   op         raw op; `call(ops, args)` when it takes more than one
 *   args()     typed arrays and numbers, as the op takes them; made anew for every device
 *   bytes, flops   what the call has to move and to compute, counted
 *   against    'copy' | 'read' | 'gemm': the yardstick it is a share of
 *   check      { args(), tolerance } for a smaller stand-in where the float64 reference would take
 *              minutes; { reference, tolerance } where the op case's own do not serve
 *   peer       { name, params }: a function of peers/torch_kernels.py that gets the same inputs
 *   repeat     calls in a row that are timed together, where one is shorter than a launch
 *   rounds     timings per candidate at most, where one takes seconds
 *   memory     whether to measure what a call needs beside its inputs and outputs (on the CPU)
 *   goal       { share, ratio: { 'torch eager': 8 } }: printed beside what came out
 */
const hostFields = (descriptions, op) =>
  new Set(
    descriptions
      .find(({ name }) => name === op)
      ?.fields.filter((f) => f.onHost)
      .map((f) => f.name),
  );

function placed(device, args, host) {
  const move = (name, value) =>
    ArrayBuffer.isView(value) && !host.has(name)
      ? device.place(value, value instanceof Uint16Array ? args.dtype : undefined)
      : Array.isArray(value) && !host.has(name)
        ? value.map((item) => move(name, item))
        : value;
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, move(name, value)]));
}

function compare(name, got, want, { abs, rel }) {
  for (let i = 0; i < want.length; i++) {
    if (Object.is(got[i], want[i]) || Math.abs(got[i] - want[i]) <= abs + rel * Math.abs(want[i]))
      continue;
    return `${name}[${i}]: got ${got[i]}, expected ${want[i]}`;
  }
  return null;
}

/** What is wrong with the op's results, or null. */
function problem(device, testCase, opCases, descriptions) {
  const cases = opCases.find(({ op }) => op === testCase.op);
  const { args: make = testCase.args, ...own } = testCase.check ?? {};
  const args = make();
  const expected = (own.reference ?? cases.reference)(args);
  const here = placed(device, args, hostFields(descriptions, testCase.op));
  run(device, testCase, here);
  for (const { name, role } of fieldsOf(testCase.op)) {
    if (role !== 'in' && args[name] != null) args[name] = device.read(here[name]);
  }
  return compareOutputs({ ...cases, ...own }, args, expected)[0] ?? null;
}

function run(device, testCase, args) {
  if (testCase.call) testCase.call(device.ops, args);
  else device.ops[testCase.op](args);
}

/** Seconds per round of all contestants, one after the other in every round. */
async function interleaved(contestants, rounds) {
  const seconds = contestants.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      const taken = await contestant.once();
      if (round >= 0) seconds[i].push(taken); // the first round warms up
    }
  }
  return seconds.map(summary);
}

/** What a peer's results differ in from ours, which were checked; null when they agree. */
function disagreement(device, args, outputs) {
  const PEER_TOLERANCE = 1e-3; // of the largest element: eager float32, or bfloat16 on its way
  for (const [name, got] of Object.entries(outputs)) {
    const want = device.read(args[name]);
    if (want instanceof Uint16Array) continue;
    const largest = want.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const bad = compare(name, got, want, { abs: PEER_TOLERANCE * largest, rel: 0 });
    if (bad) return bad;
  }
  return null;
}

/** Bytes beside inputs and outputs: of our call in a new process, and of the peers' in theirs. */
async function extraMemory(family, { name }, { threads }, peer) {
  const script = fileURLToPath(new URL('./extra-memory.mjs', import.meta.url));
  const bytes = { ours: Number(execFileSync(process.execPath, [script, family, name, threads])) };
  for (const mode of peer?.modes ?? []) bytes[mode] = await peer.memory(mode);
  return bytes;
}

async function measure(family, device, testCase, { rounds, peers, descriptions }) {
  const args = placed(device, testCase.args(), hostFields(descriptions, testCase.op));
  const yard = yardstick(device, testCase.against, testCase.bytes);
  const { repeat = 1 } = testCase;
  const contestants = [];
  for (const cold of [true, false]) {
    const heat = cold ? 'cold' : 'warm';
    contestants.push({
      name: `ours ${heat}`,
      once: () => once(device, () => run(device, testCase, args), cold, repeat),
    });
    contestants.push({
      name: `${testCase.against} ${heat}`,
      once: () => once(device, yard.call, cold, repeat),
    });
  }
  const peer = testCase.peer && peers ? await Peer.start(testCase, device) : null;
  try {
    run(device, testCase, args);
    for (const mode of peer?.modes ?? []) {
      const disagrees = await disagreement(device, args, await peer.outputs(mode));
      if (disagrees) peer.about[`${mode} left out`] = disagrees;
      else contestants.push({ name: mode, once: () => peer.once(mode, repeat) });
    }
    const times = await interleaved(contestants, Math.min(rounds, testCase.rounds ?? rounds));
    const named = Object.fromEntries(contestants.map(({ name }, i) => [name, times[i]]));
    const measured = figures(testCase, yard, named, peer?.modes ?? []);
    if (testCase.memory && device.threads) {
      measured.extra_memory = await extraMemory(family, testCase, device, peer);
    }
    return { ...measured, peer: peer?.about ?? null };
  } finally {
    peer?.stop();
  }
}

function figures(testCase, yard, times, peers) {
  const rate = (seconds, amount) => amount / seconds / 1e9;
  const amount = testCase.against === 'gemm' ? testCase.flops : testCase.bytes;
  const share = (heat) =>
    rate(times[`ours ${heat}`].median, amount) /
    rate(times[`${testCase.against} ${heat}`].median, yard.unit);
  const ratios = Object.fromEntries(
    peers
      .filter((name) => times[name])
      .map((name) => [name, times[name].median / times['ours warm'].median]),
  );
  return {
    seconds: times,
    yardstick: {
      kind: testCase.against,
      cold: rate(times[`${testCase.against} cold`].median, yard.unit),
      warm: rate(times[`${testCase.against} warm`].median, yard.unit),
      unit: yard.per,
    },
    bytes: testCase.bytes,
    flops: testCase.flops ?? 0,
    share: { cold: share('cold'), warm: share('warm') },
    ratios,
    peak_rss: process.resourceUsage().maxRSS * 1024,
    goal: testCase.goal ?? null,
  };
}

const percent = (x) => `${(100 * x).toFixed(0)} %`;

function text({ seconds, share, yardstick: yard, ratios, extra_memory }) {
  const ms = (heat) => `${(seconds[`ours ${heat}`].median * 1e3).toFixed(3)} ms`;
  const peers = Object.entries(ratios).map(
    ([name, ratio]) => `, ${ratio.toFixed(ratio < 10 ? 2 : 1)}x ${name}`,
  );
  const megabytes = Object.entries(extra_memory ?? {}).map(
    ([name, bytes]) => `, ${name} ${(bytes / 1e6).toFixed(1)} MB`,
  );
  return `cold ${ms('cold')} = ${percent(share.cold)} of ${yard.kind}, warm ${ms('warm')} = ${percent(share.warm)}${peers.join('')}${megabytes.join('')}`;
}

/** Rows of a family's report; a case that fails its check is not timed and is reported as such. */
export async function benchKernels(
  family,
  device,
  { filter, rounds = 7, peers = true, descriptions, onRow },
) {
  const opCases = await allOpCases();
  const rows = [];
  for (const testCase of family.cases) {
    if (filter && !`${family.name} ${testCase.name}`.includes(filter)) continue;
    const wrong = problem(device, testCase, opCases, descriptions);
    const row = wrong
      ? {
          name: testCase.name,
          text: `NOT TIMED, its results are wrong: ${wrong}`,
          figures: { wrong },
        }
      : await measure(family.name, device, testCase, { rounds, peers, descriptions }).then((f) => ({
          name: testCase.name,
          text: text(f),
          figures: f,
        }));
    rows.push(row);
    onRow?.(row);
  }
  return rows;
}
