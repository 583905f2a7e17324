import { checkNames } from '@anacrusis/native';
import {
  empty,
  expectTensor,
  full,
  LINEAR_WORKSPACE_BYTES,
  mul,
  opsOf,
  record,
  zeros,
  type Backward,
  type Tensor,
} from '@anacrusis/tensor';
import { policyLoss, type PolicyLossInput, type PolicyLossResult } from './policy-loss.js';
import { regularizersOf, surrogateOf } from './policy-options.js';
import { refuse, speakAs } from './refusals.js';
import { sequencesOf } from './sequences.js';

export interface LinearPolicyLossInput extends Omit<
  PolicyLossInput,
  'logp' | 'entropy' | 'klDivergence'
> {
  /** [T, D]: what the head takes, one row per token; the tensors per token are [T]. */
  hidden: Tensor;
  /** [V, D]: weight of the head; the logits are hidden weight^T. */
  weight: Tensor;
  /** [T] i32 in 0..V-1: the tokens that were drawn. */
  targets: Tensor;
  /** Temperature that the logits are divided by; 1 when left out. */
  temperature?: number | undefined;
  /** Budget for logits, 160 MiB when left out: the larger, the fewer passes over the weight. */
  workspaceBytes?: number | undefined;
}

export interface LinearPolicyLossResult extends PolicyLossResult {
  /** [T]: constants; 0 at masked tokens. */
  logp: Tensor;
  entropy: Tensor;
}

const OP = 'linearPolicyLoss';
const own = ['hidden', 'weight', 'targets', 'temperature', 'workspaceBytes'];
const names = new Set(
  (
    'oldLogp advantages mask offsets aggregation denominator objective clipLow clipHigh dualClip ratioCap ' +
    'positiveWeight negativeWeight positives ratio behaviorLogp behaviorCap kl klCoef klGradient refLogp entropyCoef'
  )
    .split(' ')
    .concat(own),
);

/** Derivative of the loss by each token's loss; 0 at masked tokens. */
function weightsOf(input: LinearPolicyLossInput): Tensor {
  const { mask, aggregation, denominator, advantages } = input;
  const sequences = sequencesOf(OP, 'advantages', advantages, input.offsets, aggregation);
  const weights = empty(advantages.shape, 'f32', advantages);
  using loss = empty([1], 'f64', advantages);
  using none = zeros(advantages.shape, 'f32', advantages);
  const settings = { ...sequences, mask: mask.raw, aggregation, denominator };
  const outputs = { loss: loss.raw, weights: weights.raw };
  speakAs(OP, () =>
    opsOf(OP, { advantages, mask }).aggregate({ ...settings, losses: none.raw, ...outputs }),
  );
  return weights;
}

/** The raw op's options. @throws ArgumentError for an objective whose tokens depend on one another */
function optionsOf(input: LinearPolicyLossInput) {
  const { ratio, ...surrogate } = surrogateOf(OP, input);
  if (ratio !== 'token' && input.objective !== 'reinforce') {
    const expected =
      'an objective with a ratio per token: for others, linearTokenLogProbs and policyLoss';
    throw refuse(OP, 'objective', expected, `ratio '${ratio}'`, 'ERR_RANGE');
  }
  const { kl, ...regularizers } = regularizersOf(OP, input);
  if (kl === 'full') throw refuse(OP, 'kl', 'k1, k2 or k3', "'full'", 'ERR_RANGE');
  return { ...surrogate, ...regularizers, kl };
}

/** Shapes of what this function has beside policyLoss. */
function check(input: LinearPolicyLossInput): void {
  expectTensor(OP, 'hidden', input.hidden, 'f32', [null, null]);
  const [T, D] = input.hidden.shape as [number, number];
  expectTensor(OP, 'weight', input.weight, 'f32', [null, D]);
  expectTensor(OP, 'targets', input.targets, 'i32', [T]);
  expectTensor(OP, 'mask', input.mask, 'u8', [T]);
  for (const name of ['oldLogp', 'advantages'] as const) {
    expectTensor(OP, name, input[name], 'f32', [T]);
  }
  for (const name of ['behaviorLogp', 'refLogp'] as const) {
    if (input[name]) expectTensor(OP, name, input[name], 'f32', [T]);
  }
  if (input.positives) expectTensor(OP, 'positives', input.positives, 'u8', [T]);
}

/**
 * `policyLoss` of the logits hidden weight^T, which are never in memory as a whole: log-probabilities, loss and its
 * gradients by hidden and weight chunk by chunk, 6 T V D operations in all, 4 where the weight needs no gradient. The
 * gradients are made in this call; masked tokens are not read. Ratios are those of tokens.
 * @throws ArgumentError as policyLoss, and for an objective with ratios of whole sequences
 */
export function linearPolicyLoss(input: LinearPolicyLossInput): LinearPolicyLossResult {
  checkNames(OP, names, input);
  const options = optionsOf(input);
  check(input);
  const { hidden, weight, targets, oldLogp, advantages, mask, temperature = 1 } = input;
  const { behaviorLogp, refLogp, positives, workspaceBytes = LINEAR_WORKSPACE_BYTES } = input;
  const ops = opsOf(OP, {
    ...{ hidden, weight, targets, oldLogp, advantages, mask, behaviorLogp, refLogp, positives },
  });
  const [T, D] = hidden.shape as [number, number];
  const perToken = (): Tensor => empty([T], 'f32', hidden);
  const [logp, entropy, dhidden] = [perToken(), perToken(), empty([T, D], 'f32', hidden)];
  const dweight = weight.requiresGrad ? empty(weight.shape, 'f32', hidden) : undefined;
  using weights = weightsOf(input);
  using losses = perToken();
  using value = empty([1], 'f64', hidden);
  speakAs(OP, () =>
    ops.linear_policy_loss({
      ...({ T, V: weight.shape[0]!, D, dtype: 'f32', temperature, accumulate: false } as const),
      ...{ hidden: hidden.raw, weight: weight.raw, targets: targets.raw, ...options },
      ...{ old_logp: oldLogp.raw, advantages: advantages.raw, weights: weights.raw },
      ...{ behavior_logp: behaviorLogp?.raw, ref_logp: refLogp?.raw, positives: positives?.raw },
      ...{ workspace_bytes: workspaceBytes, loss: value.raw, losses: losses.raw },
      ...{ logp: logp.raw, entropy: entropy.raw, dhidden: dhidden.raw, dweight: dweight?.raw },
    }),
  );
  const {
    hidden: _h,
    weight: _w,
    targets: _t,
    temperature: _s,
    workspaceBytes: _b,
    ...rest
  } = input;
  const { loss: known, metrics } = policyLoss({ ...rest, logp, entropy });
  const loss = full([], known.item(), 'f32', hidden);
  const gradients = dweight ? [dhidden, dweight] : [dhidden];
  const backward: Backward = ([dloss], sink) => {
    const plain = dloss!.item() === 1; // no second copy of a gradient as large as the head
    gradients.forEach((gradient, i) => {
      if (sink.wants(i)) sink.add(i, plain ? gradient : mul(gradient, dloss!));
    });
  };
  record(OP, dweight ? [hidden, weight] : [hidden], [loss], backward, gradients);
  return { loss, metrics, logp, entropy };
}
