// A batch cut between sequences, 1,000 random ways for each aggregation: numerators add up to those of the batch to the bit, and
// every coefficient has the bits that it has in the batch. policy_loss.test.ts does the same for policy_loss on the CPU.
import { cpu, device } from '@anacrusis/native';
import {
  aggregations,
  allOpCases,
  fieldsOf,
  Random,
  runOnDevice,
  useEmulator,
  type Numbers,
  type OpArgs,
} from '@anacrusis/testing';
import { describe, expect, it } from 'vitest';

useEmulator();
const cuda = device('cuda:0');
const everyCase = await allOpCases();
const ops = cpu as unknown as Record<string, (args: OpArgs) => void>;

/** The case of an op whose name begins so, asked for its numerator, too. */
function batchOf(op: string, name: string): OpArgs {
  const { cases } = everyCase.find((all) => all.op === op)!;
  const index = cases.findIndex((one) => one.name.startsWith(name));
  return { ...cases[index]!.args(new Random(index + 1)), numerator: new Int32Array(12) };
}

/** Sequences from..to-1 of it. */
function part(op: string, batch: OpArgs, from: number, to: number): OpArgs {
  const offsets = batch.offsets as Int32Array;
  const [begin, end] = [offsets[from]!, offsets[to]!];
  const arrays = fieldsOf(op)
    .filter(({ shape, name }) => shape === 'T' && batch[name] != null)
    .map(({ name }) => [name, (batch[name] as Numbers).slice(begin, end)]);
  const results = fieldsOf(op)
    .filter(({ shape, name }) => /^\d+$/.test(shape) && batch[name] != null)
    .map(({ name }) => [name, (batch[name] as Numbers).slice()]);
  return {
    ...{ ...batch, ...Object.fromEntries(arrays), ...Object.fromEntries(results) },
    ...{ T: end - begin, S: to - from },
    offsets: offsets.slice(from, to + 1).map((at) => at - begin),
  };
}

function expectBatch(op: string, batch: OpArgs, parts: OpArgs[]): void {
  const total = { value: new Float64Array(1), total: new Int32Array(12) };
  const sums = Int32Array.from(parts.flatMap(({ numerator }) => [...(numerator as Int32Array)]));
  cpu.exact_sum({ n: parts.length, sums, ...total });
  expect(total.total).toEqual(batch.numerator);
  const denominator = batch.denominator as number;
  expect(total.value[0]! / denominator).toBe((batch.loss as Float64Array)[0]);
  for (const { name } of fieldsOf(op).filter(
    ({ role, shape }) => role === 'out' && shape === 'T',
  )) {
    if (batch[name] == null) continue;
    const bytes = parts.map(({ [name]: array }) => Buffer.from((array as Float32Array).buffer));
    const whole = Buffer.from((batch[name] as Float32Array).buffer);
    expect(Buffer.concat(bytes).equals(whole), `${name} in parts`).toBe(true);
  }
}

function cutAtRandom(
  op: string,
  name: string,
  rounds: number,
  run: (op: string, args: OpArgs) => void,
): void {
  const given = batchOf(op, name);
  const S = given.S as number;
  const batch = part(op, given, 0, S);
  run(op, batch);
  const r = new Random(9);
  for (let round = 0; round < rounds; round++) {
    const at = [0, S, ...Array.from({ length: r.integer(1, 6) }, () => r.integer(0, S))];
    at.sort((x, y) => x - y);
    const parts = at.slice(1).map((to, i) => part(op, given, at[i]!, to));
    for (const one of parts) run(op, one);
    expectBatch(op, batch, parts);
  }
}

describe.each(aggregations)('%s', (aggregation) => {
  it.each([
    ['value_loss', `64 sequences up to 33, ${aggregation}, half, clip 0.2`],
    ['aggregate', `64 sequences up to 33, ${aggregation}`],
  ])('%s: 1,000 cuts', { timeout: 60_000 }, (op, name) => {
    cutAtRandom(op, name, 1000, (op, args) => ops[op]!(args));
  });

  it.each([
    ['policy_loss', `17 sequences up to 31, ${aggregation}`],
    ['value_loss', `17 sequences up to 31, ${aggregation}, half, clip 0.2`],
    ['aggregate', `17 sequences up to 31, ${aggregation}`],
  ])('%s on the emulator: 5 cuts', { timeout: 60_000 }, (op, name) => {
    cutAtRandom(op, name, 5, (op, args) => runOnDevice(cuda, op, args));
  });
});
