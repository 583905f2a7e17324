// The gradients that the softmax, swiglu, rms_norm and layer_norm backward ops are held to, against central
// differences of the forward references.
import {
  allOpCases,
  numericalGradient,
  Random,
  weightedSum,
  type OpArgs,
} from '@anacrusis/testing';
import { expect, it } from 'vitest';

const everyCase = await allOpCases();
const reference = (op: string) => everyCase.find((cases) => cases.op === op)!.reference;
const normals = (random: Random, n: number) =>
  Float64Array.from({ length: n }, () => random.normal());

/** d(sum of dy * y)/d(args[input]) by central differences of the forward reference of `op`. */
function numerical(op: string, args: OpArgs, input: string, dy: Float64Array): Float64Array {
  const loss = (at: Float64Array) =>
    weightedSum(dy, reference(op)({ ...args, [input]: at })['y'] as Float64Array);
  return numericalGradient(loss, args[input] as Float64Array);
}

function expectClose(got: unknown, want: Float64Array): void {
  want.forEach((value, i) => expect((got as Float64Array)[i]).toBeCloseTo(value, 7));
}

it.each(['softmax', 'log_softmax'])('%s_backward', (op) => {
  const random = new Random(4);
  const dims = { N: 3, V: 5 };
  const x = normals(random, 15);
  const dy = normals(random, 15);
  const y = reference(op)({ ...dims, x })['y'];
  const dx = reference(`${op}_backward`)({ ...dims, y, dy })['dx'];
  expectClose(dx, numerical(op, { ...dims, x }, 'x', dy));
});

it('swiglu_backward', () => {
  const random = new Random(5);
  const args = { n: 9, gate: normals(random, 9), up: normals(random, 9) };
  const dy = normals(random, 9);
  const { dgate, dup } = reference('swiglu_backward')({ ...args, dy });
  expectClose(dgate, numerical('swiglu', args, 'gate', dy));
  expectClose(dup, numerical('swiglu', args, 'up', dy));
});

it('rms_norm_backward', () => {
  const random = new Random(6);
  const args = { N: 3, D: 5, x: normals(random, 15), weight: normals(random, 5), eps: 0.3 };
  const dy = normals(random, 15);
  const { inv_rms } = reference('rms_norm')(args);
  const before = normals(random, 5);
  const { dx, dweight } = reference('rms_norm_backward')({ ...args, inv_rms, dy, dweight: before });
  expectClose(dx, numerical('rms_norm', args, 'x', dy));
  const added = numerical('rms_norm', args, 'weight', dy);
  expectClose(
    dweight,
    added.map((value, i) => value + before[i]!),
  );
});

it('layer_norm_backward', () => {
  const random = new Random(7);
  const args = {
    N: 3,
    D: 5,
    x: normals(random, 15),
    weight: normals(random, 5),
    bias: normals(random, 5),
    eps: 0.3,
  };
  const dy = normals(random, 15);
  const { mean, inv_std } = reference('layer_norm')(args);
  const dweight = normals(random, 5);
  const dbias = normals(random, 5);
  const got = reference('layer_norm_backward')({ ...args, mean, inv_std, dy, dweight, dbias });
  expectClose(got['dx'], numerical('layer_norm', args, 'x', dy));
  for (const [input, before] of Object.entries({ weight: dweight, bias: dbias })) {
    const added = numerical('layer_norm', args, input, dy);
    expectClose(
      got[`d${input}`],
      added.map((value, i) => value + before[i]!),
    );
  }
});
