import { empty, zeros } from './create.js';
import { opsOf } from './device.js';
import { argument, disposed } from './expect.js';
import { expectTensor } from './expect-tensor.js';
import { flat } from './layout.js';
import { keep, scope } from './scope.js';
import { noGrad, type GradientSink, type TapeNode } from './tape.js';
import type { Tensor } from './tensor.js';

/** total += part */
export function addInto(total: Tensor, part: Tensor): void {
  const n = total.size;
  const [a, b] = [total.raw, part.raw];
  opsOf('backward', { total, part }).binary({
    a,
    b,
    fn: 'add',
    y: a,
    A: n,
    B: n,
    ...flat(n, 1, 1),
  });
}

/** The gradients of one `backward` call, by tensor. Leaves keep theirs in `grad`. */
class Gradients {
  readonly #of = new Map<Tensor, Tensor>();

  get(target: Tensor): Tensor | undefined {
    return target.node ? this.#of.get(target) : (target.grad ?? undefined);
  }

  set(target: Tensor, gradient: Tensor): void {
    if (target.node) this.#of.set(target, gradient);
    else target.grad = gradient;
  }

  take(target: Tensor): Tensor | undefined {
    const gradient = this.#of.get(target);
    this.#of.delete(target);
    return gradient;
  }

  disposeAll(): void {
    for (const gradient of this.#of.values()) gradient.dispose();
  }
}

/** The sink of one operation. What it wrote counts only when the whole operation has succeeded. */
class NodeSink implements GradientSink {
  #parts: { target: Tensor; part: Tensor }[] = [];
  readonly #handedOn = new Set<Tensor>();

  constructor(
    readonly node: TapeNode,
    readonly grads: readonly (Tensor | undefined)[],
    readonly gradients: Gradients,
  ) {}

  wants(i: number): boolean {
    return this.node.inputs[i]!.requiresGrad;
  }

  has(o: number): boolean {
    return this.grads[o] !== undefined;
  }

  output(i: number): Tensor {
    const target = this.node.inputs[i]!;
    const part = keep(empty(target.shape, 'f32', target));
    this.#parts.push({ target, part });
    return part;
  }

  accumulator(i: number): { d: Tensor; add: boolean } {
    const total = this.wants(i) ? this.gradients.get(this.node.inputs[i]!) : undefined;
    return total ? { d: total, add: true } : { d: this.output(i), add: false };
  }

  add(i: number, values: Tensor): void {
    if (!this.wants(i)) return;
    const target = this.node.inputs[i]!;
    if (values.size !== target.size) {
      const received = `${values.size} elements`;
      throw argument(this.node.name, `gradient ${i}`, `${target.size} elements`, received);
    }
    const total = this.gradients.get(target);
    const own = this.grads.find((gradient) => gradient === values);
    if (total) addInto(total, values);
    else if (own && !this.#handedOn.has(own)) {
      this.#handedOn.add(own);
      this.#parts.push({ target, part: keep(own.alias(target.shape)) });
    } else this.output(i).copyFrom(values);
  }

  commit(): void {
    for (let next = this.#parts.shift(); next; next = this.#parts.shift()) {
      const { target, part } = next;
      const total = this.gradients.get(target);
      if (target.requiresGrad && !total) {
        this.gradients.set(target, part);
        continue;
      }
      if (total && target.requiresGrad) addInto(total, part);
      part.dispose();
    }
  }

  discard(): void {
    for (const { part } of this.#parts) part.dispose();
  }
}

/** Without it a tensor that left its scope too early would silently end the way to its leaves. */
function checkAlive({ name, inputs, outputs }: TapeNode): void {
  const check = (list: readonly Tensor[], kind: string): void => {
    const at = list.findIndex((tensor) => tensor.isDisposed);
    if (at >= 0) throw disposed(`backward of ${name}`, `${kind} ${at}`);
  };
  check(inputs, 'input');
  check(outputs, 'output');
}

function runNode(node: TapeNode, gradients: Gradients): void {
  const taken = node.outputs.map((output) => gradients.take(output));
  if (taken.every((gradient) => gradient === undefined)) return;
  const sink = new NodeSink(node, taken, gradients);
  try {
    checkAlive(node);
    scope(() => {
      const grads = taken.map((gradient, o) => {
        const output = node.outputs[o]!;
        return gradient ?? zeros(output.shape, 'f32', output);
      });
      node.backward(grads, sink);
    });
    sink.commit();
  } finally {
    sink.discard();
    for (const gradient of taken) gradient?.dispose();
  }
}

/** The operations that `from` depends on, itself included, the last one first. */
function reachable(from: TapeNode): TapeNode[] {
  const seen = new Set<TapeNode>([from]);
  for (const node of seen) {
    for (const { node: next } of node.inputs) if (next) seen.add(next);
  }
  return [...seen].sort((a, b) => b.order - a.order);
}

function firstGradient(output: Tensor, gradient: Tensor | undefined): Tensor {
  const seed = keep(empty(output.shape, 'f32', output));
  return gradient ? seed.copyFrom(gradient) : seed.fill(1);
}

/**
 * Adds d(output)/d(leaf) to `grad` of every leaf that requires it. It can be called again while the
 * tensors of the forward pass are alive. After an error the gradients of leaves are incomplete.
 * @param output a recorded tensor of one element, or of any shape with `gradient`.
 * @param gradient d(objective)/d(output), of the output's shape; 1 when left out.
 * @throws ArgumentError when the output is not on the tape, or has more than one element and no gradient.
 * @throws DisposedError when a tensor of the forward pass is gone: call it in the scope of that pass.
 */
export function backward(output: Tensor, gradient?: Tensor): void {
  expectTensor('backward', 'output', output, 'f32');
  const { node } = output;
  if (!node) {
    const expected = 'a tensor that depends on one that requires a gradient';
    throw argument('backward', 'output', expected, 'one that does not', 'ERR_TAPE');
  }
  if (gradient) expectTensor('backward', 'gradient', gradient, 'f32', output.shape);
  else if (output.size !== 1) {
    throw argument('backward', 'gradient', 'one, since the output has not one element', 'none');
  }
  const gradients = new Gradients();
  gradients.set(output, firstGradient(output, gradient));
  try {
    noGrad(() => {
      for (const next of reachable(node)) runNode(next, gradients);
    });
  } finally {
    gradients.disposeAll();
  }
}
