import { expectSynchronous } from './expect.js';
import { expectTensor } from './expect-tensor.js';
import { keep } from './scope.js';
import type { Tensor } from './tensor.js';

/** Where a backward function puts the gradients of its inputs; only those that it wants need be put. */
export interface GradientSink {
  /** Whether anybody needs the gradient of input `i`. */
  wants(i: number): boolean;
  /** Whether anything depends on output `o`; if not, its gradient is zero. */
  has(o: number): boolean;
  /** Memory for the gradient of input `i` by this operation alone; every element must be written. */
  output(i: number): Tensor;
  /** For kernels that can add: memory for the gradient of input `i`, to be added to when `add`. */
  accumulator(i: number): { d: Tensor; add: boolean };
  /**
   * The gradient of input `i` has the elements of `values`, in order. The gradient of an output may be
   * handed on like this without a copy; it must not be written to afterwards.
   */
  add(i: number, values: Tensor): void;
}

/** `grads[o]` is the gradient of output `o`, on its device; zero-filled where nothing depends on that output. */
export type Backward = (grads: Tensor[], sink: GradientSink) => void;

/** One operation on the tape. */
export interface TapeNode {
  order: number;
  name: string;
  inputs: readonly Tensor[];
  outputs: readonly Tensor[];
  saved: readonly Tensor[];
  backward: Backward;
}

let recording = true;
let operations = 0;

/**
 * Runs `body` without recording it: results do not require gradients.
 * @throws ArgumentError when `body` returns a promise.
 */
export function noGrad<R>(body: () => R): R {
  const before = recording;
  recording = false;
  try {
    const result = body();
    expectSynchronous('noGrad', result);
    return result;
  } finally {
    recording = before;
  }
}

/**
 * Puts an operation on the tape when one of its inputs requires a gradient.
 * @param name for error messages
 * @param inputs every tensor that `backward` reads or has a gradient for
 * @param outputs those whose gradients `backward` takes
 * @param saved further tensors that `backward` reads and nobody else; they belong to the outputs from
 *   now on and are freed with them, or at once when nothing is recorded
 */
export function record(
  name: string,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  backward: Backward,
  saved: readonly Tensor[] = [],
): void {
  if (!recording || !inputs.some((input) => input.requiresGrad)) {
    for (const tensor of saved) tensor.dispose();
    return;
  }
  for (const tensor of saved) keep(tensor);
  const node: TapeNode = { order: operations++, name, inputs, outputs, saved, backward };
  for (const output of outputs) {
    output.requiresGrad = true;
    output.node = node;
  }
}

/**
 * Records an operation of the caller's own.
 * @param backward receives the gradients of the outputs (undefined where nothing depends on one) and
 *   returns those of the inputs (undefined: none), as tensors of their shapes. It is not recorded.
 */
export function customOp(
  name: string,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  backward: (grads: (Tensor | undefined)[]) => (Tensor | undefined)[],
): void {
  record(name, inputs, outputs, (grads, sink) => {
    const known = grads.map((g, o) => (sink.has(o) ? g : undefined));
    backward(known).forEach((gradient, i) => {
      if (!gradient || !inputs[i] || !sink.wants(i)) return;
      expectTensor(name, `gradient ${i}`, gradient, 'f32', inputs[i].shape);
      sink.add(i, gradient);
    });
  });
}
