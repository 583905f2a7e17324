// What the policy losses that begin at logits, or at a head, have in common.
import {
  empty,
  expectTensor,
  full,
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

export interface TokenLossInput extends Omit<PolicyLossInput, 'logp' | 'entropy' | 'klDivergence'> {
  /** [T] i32 in 0..V-1: the tokens that were drawn; all tensors per token are [T]. */
  targets: Tensor;
  /** Temperature that the logits are divided by; 1 when left out. */
  temperature?: number | undefined;
}

export interface TokenLossResult extends PolicyLossResult {
  /** [T]: constants; 0 at masked tokens. */
  logp: Tensor;
  entropy: Tensor;
}

/** The names of TokenLossInput. */
export const tokenLossNames = (
  'targets temperature oldLogp advantages mask offsets aggregation denominator objective clipLow clipHigh dualClip ' +
  'ratioCap positiveWeight negativeWeight positives ratio behaviorLogp behaviorCap kl klCoef klGradient refLogp ' +
  'entropyCoef'
).split(' ');

/** Derivative of the loss by each token's loss; 0 at masked tokens. */
function weightsOf(op: string, input: TokenLossInput): Tensor {
  const { mask, aggregation, denominator, advantages } = input;
  const sequences = sequencesOf(op, 'advantages', advantages, input.offsets, aggregation);
  const weights = empty(advantages.shape, 'f32', advantages);
  using loss = empty([1], 'f64', advantages);
  using none = zeros(advantages.shape, 'f32', advantages);
  const settings = { ...sequences, mask: mask.raw, aggregation, denominator };
  const outputs = { loss: loss.raw, weights: weights.raw };
  speakAs(op, () =>
    opsOf(op, { advantages, mask }).aggregate({ ...settings, losses: none.raw, ...outputs }),
  );
  return weights;
}

/** The raw ops' options. @throws ArgumentError for an objective whose tokens depend on one another */
export function tokenOptions(op: string, input: TokenLossInput) {
  const { ratio, ...surrogate } = surrogateOf(op, input);
  if (ratio !== 'token' && input.objective !== 'reinforce') {
    const expected =
      'an objective with a ratio per token: for others, log-probabilities first, then policyLoss';
    throw refuse(op, 'objective', expected, `ratio '${ratio}'`, 'ERR_RANGE');
  }
  const { kl, ...regularizers } = regularizersOf(op, input);
  if (kl === 'full') throw refuse(op, 'kl', 'k1, k2 or k3', "'full'", 'ERR_RANGE');
  return { ...surrogate, ...regularizers, kl };
}

/** @throws ArgumentError unless every tensor per token is [T] of its type */
export function checkTokens(op: string, input: TokenLossInput, T: number): void {
  expectTensor(op, 'targets', input.targets, 'i32', [T]);
  expectTensor(op, 'mask', input.mask, 'u8', [T]);
  for (const name of ['oldLogp', 'advantages'] as const) {
    expectTensor(op, name, input[name], 'f32', [T]);
  }
  for (const name of ['behaviorLogp', 'refLogp'] as const) {
    if (input[name]) expectTensor(op, name, input[name], 'f32', [T]);
  }
  if (input.positives) expectTensor(op, 'positives', input.positives, 'u8', [T]);
}

/** The raw ops on the device where all of it is. @throws ArgumentError for tensors on several */
export function tokenOps(op: string, input: TokenLossInput, others: Record<string, Tensor>) {
  const { targets, oldLogp, advantages, mask, behaviorLogp, refLogp, positives } = input;
  const perToken = { targets, oldLogp, advantages, mask, behaviorLogp, refLogp, positives };
  return opsOf(op, { ...others, ...perToken });
}

/**
 * Calls the raw op with what the ops have in common, puts its gradients on the tape and measures what policyLoss does.
 * @param sources what has a gradient, in the order of `gradients`, the memory where `run` leaves them
 */
export function tokenLoss(
  op: string,
  input: TokenLossInput,
  { sources, gradients }: { sources: Tensor[]; gradients: Tensor[] },
  run: (given: ReturnType<typeof rawArguments>) => void,
): TokenLossResult {
  const like = sources[0]!;
  const perToken = (): Tensor => empty(input.targets.shape, 'f32', like);
  const [logp, entropy] = [perToken(), perToken()];
  using weights = weightsOf(op, input);
  using losses = perToken();
  using value = empty([1], 'f64', like);
  speakAs(op, () => run(rawArguments(op, input, { weights, loss: value, losses, logp, entropy })));
  const { targets: _targets, temperature: _temperature, ...rest } = input;
  const { loss: known, metrics } = policyLoss({ ...rest, logp, entropy });
  const loss = full([], known.item(), 'f32', like);
  const backward: Backward = ([dloss], sink) => {
    const plain = dloss!.item() === 1; // no second copy of a gradient as large as the logits or the head
    gradients.forEach((gradient, i) => {
      if (sink.wants(i)) sink.add(i, plain ? gradient : mul(gradient, dloss!));
    });
  };
  record(op, sources, [loss], backward, gradients);
  return { loss, metrics, logp, entropy };
}

type Outputs = Record<'weights' | 'loss' | 'losses' | 'logp' | 'entropy', Tensor>;

function rawArguments(op: string, input: TokenLossInput, outputs: Outputs) {
  const { targets, oldLogp, advantages, behaviorLogp, refLogp, positives, temperature = 1 } = input;
  return {
    ...({ T: targets.size, dtype: 'f32', temperature, targets: targets.raw } as const),
    ...{ ...tokenOptions(op, input), old_logp: oldLogp.raw, advantages: advantages.raw },
    ...{ behavior_logp: behaviorLogp?.raw, ref_logp: refLogp?.raw, positives: positives?.raw },
    ...{ weights: outputs.weights.raw, loss: outputs.loss.raw, losses: outputs.losses.raw },
    ...{ logp: outputs.logp.raw, entropy: outputs.entropy.raw },
  };
}
