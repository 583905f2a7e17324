// Packed equals per-sequence, bit for bit, on the CPU and on the emulator: the packed op cases of every op that takes offsets,
// each sequence cut out by the shapes of the op's description and computed alone (scans on a device: in another order). Identity; sums over all sequences (loss,
// metrics, stats) are left to the tests of micro-batches.
import { cpu, device } from '@anacrusis/native';
import {
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
const sequenceOps: Record<string, { sequences: 'N' | 'S'; tokens: 'steps' | 'T' }> = {
  ...Object.fromEntries(
    ['gae', 'vtrace', 'retrace', 'td_lambda', 'discounted_returns'].map((op) => [
      op,
      { sequences: 'N', tokens: 'steps' },
    ]),
  ),
  ...Object.fromEntries(
    [
      ...['policy_loss', 'value_loss', 'aggregate', 'rhythm_credit', 'attention_metrics'],
      ...['eviction_scores', 'causal_attention', 'causal_attention_backward'],
    ].map((op) => [op, { sequences: 'S', tokens: 'T' }]),
  ),
};

interface Cut {
  op: string;
  args: OpArgs;
  tokens: string;
  sequences: string;
}

/** Elements of an array that belong to sequence s; undefined where it has no axis of tokens or sequences. */
function partOf(
  { op, args, tokens, sequences }: Cut,
  name: string,
  s: number,
): Numbers | undefined {
  const axes = fieldsOf(op)
    .find((field) => field.name === name)!
    .shape.split(',');
  const axis = axes.findIndex((dim) => dim === tokens || dim === sequences);
  if (axis < 0) return undefined;
  const size = (dim: string): number => (/^\d+$/.test(dim) ? Number(dim) : (args[dim] as number));
  const product = (dims: string[]): number => dims.reduce((all, dim) => all * size(dim), 1);
  const offsets = args.offsets as Int32Array;
  const [begin, end] = axes[axis] === tokens ? [offsets[s]!, offsets[s + 1]!] : [s, s + 1];
  const [outer, inner, all] = [
    product(axes.slice(0, axis)),
    product(axes.slice(axis + 1)),
    size(axes[axis]!),
  ];
  const array = args[name] as Numbers;
  const length = (end - begin) * inner;
  const part = new (array.constructor as new (length: number) => Numbers)(outer * length);
  for (let o = 0; o < outer; o++) {
    const from = (o * all + begin) * inner;
    part.set(array.subarray(from, from + length), o * length);
  }
  return part;
}

/** The call for sequence s alone. */
function alone(cut: Cut, s: number): OpArgs {
  const length = (cut.args.offsets as Int32Array)[s + 1]! - (cut.args.offsets as Int32Array)[s]!;
  const parts = Object.entries(cut.args).map(([name, value]) => {
    if (!ArrayBuffer.isView(value) || name === 'offsets') return [name, value];
    const part = partOf(cut, name, s);
    return [name, part ?? (value as Numbers).slice()];
  });
  return {
    ...Object.fromEntries(parts),
    ...{ [cut.tokens]: length, [cut.sequences]: 1, offsets: Int32Array.of(0, length) },
  };
}

/** The call with the sequences in reverse; all arrays are flat. */
function reversed(cut: Cut): OpArgs {
  const S = cut.args[cut.sequences] as number;
  const order = Array.from({ length: S }, (_, s) => S - 1 - s);
  const offsets = cut.args.offsets as Int32Array;
  let at = 0;
  const begins = order.map((s) => (at += offsets[s + 1]! - offsets[s]!));
  const joined = Object.entries(cut.args).map(([name, value]) => {
    if (!ArrayBuffer.isView(value) || name === 'offsets') return [name, value];
    const parts = order.map((s) => partOf(cut, name, s));
    const all = (value as Numbers).slice();
    if (!parts[0]) return [name, all];
    let end = 0;
    for (const part of parts) all.set(part!, (end += part!.length) - part!.length);
    return [name, all];
  });
  return { ...Object.fromEntries(joined), offsets: Int32Array.from([0, ...begins]) };
}

/** Packed cases with some sequences and not too many tokens, `most` of them evenly spread. */
function packedCases(op: string, most: number) {
  const { sequences, tokens } = sequenceOps[op]!;
  const made = everyCase
    .filter((cases) => cases.op === op)
    .flatMap(({ cases }) => cases.map((one, index) => ({ ...one, index })))
    .filter(({ args, index }) => {
      const a = args(new Random(index + 1));
      const [S, T] = [a[sequences] as number, a[tokens] as number];
      return a.offsets !== undefined && a.layout !== 'bhtd' && S > 1 && S < 40 && T > 0 && T < 700;
    });
  const step = Math.max(1, Math.floor(made.length / most));
  return made.filter((_, i) => i % step === 0).slice(0, most);
}

const backEnds = {
  CPU: { most: 60, run: (op: string, args: OpArgs) => (cpu as never as Ops)[op]!(args) },
  emulator: { most: 5, run: (op: string, args: OpArgs) => runOnDevice(cuda, op, args) },
};
type Ops = Record<string, (args: OpArgs) => void>;

const expectSame = (one: Cut, s: number, other: Cut, at: number, name: string): void => {
  for (const { name: field, role } of fieldsOf(one.op)) {
    if (role === 'in' || one.args[field] == null) continue;
    const want = partOf(one, field, s);
    if (want) expect(partOf(other, field, at), `${name}: ${field} of sequence ${s}`).toEqual(want);
  }
};

describe.each(Object.entries(backEnds))('%s', (backEnd, { most, run }) => {
  it.each(Object.entries(sequenceOps))('%s', { timeout: 60_000 }, (op, dims) => {
    const chosen = packedCases(op, most);
    expect(chosen.length).toBeGreaterThan(3);
    // On a device the longest row and the number of rows choose the kernel of a scan, so they stay as they are.
    const together = backEnd === 'emulator' && dims.tokens === 'steps';
    for (const { name, args, index } of chosen) {
      const packed = { op, args: args(new Random(index + 1)), ...dims };
      const S = packed.args[dims.sequences] as number;
      const calls = together
        ? [reversed(packed)]
        : Array.from({ length: S }, (_, s) => alone(packed, s));
      run(op, packed.args);
      calls.forEach((call, s) => {
        run(op, call);
        const other = { ...packed, args: call };
        if (!together) return expectSame(packed, s, other, 0, name);
        for (let row = 0; row < S; row++) expectSame(packed, row, other, S - 1 - row, name);
      });
    }
  });
});
