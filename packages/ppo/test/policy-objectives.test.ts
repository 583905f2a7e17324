// The objectives of policyLoss beside PPO: figures worked out by hand on a few tokens, gradients that reach entropy and
// divergence, and options without effect, which are refused. Losses and gradients of every objective are compared with
// float64 references in the op cases and the tests of policy_loss.
import { lossOfParts, policyLoss, type PolicyLossInput } from '@anacrusis/ppo';
import { ArgumentError, backward, tensor } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';

const of = (...x: number[]) => tensor(Float32Array.from(x));
const ln = Math.log;

/** Two responses of two tokens, ratios 2, 1/2, 1 and 4; advantages 1, 1, -2 and -2. */
function input(changes: Partial<PolicyLossInput>): PolicyLossInput {
  return {
    logp: of(ln(0.8), ln(0.25), ln(0.5), ln(0.4)),
    oldLogp: of(ln(0.4), ln(0.5), ln(0.5), ln(0.1)),
    advantages: of(1, 1, -2, -2),
    mask: tensor(Uint8Array.of(1, 1, 1, 1)),
    offsets: tensor(Int32Array.of(0, 2, 4)),
    ...{ aggregation: 'token-mean', denominator: 1 },
    ...changes,
  };
}
const clip = { clipLow: 0.2, clipHigh: 0.5 } as const;

function gradient(changes: Partial<PolicyLossInput>): number[] {
  const made = input(changes);
  made.logp.requiresGrad = true;
  backward(policyLoss(made).loss);
  return [...made.logp.grad!.f32];
}

describe('policyLoss, objectives', () => {
  const root8 = Math.sqrt(4); // of the second response: ratios 1 and 4
  it.each([
    ['ppo', clip, [0, -0.5, 2, 8]],
    ['dual-clip', { ...clip, dualClip: 3 }, [0, -0.5, 2, 0]],
    ['reinforce', {}, [-1, -1, 2, 2]],
    ['tis', {}, [-1, -0.5, 2, 2]],
    ['tis', { ratioCap: 3 }, [-2, -0.5, 2, 6]],
    ['cispo', clip, [-1.5, -0.8, 2, 3]],
    ['topr', {}, [-1, -1, 2, 2]],
    ['topr', { ratioCap: 3, negativeWeight: 0.5 }, [-1, -1, 1, 3]],
    ['topr', { positives: tensor(Uint8Array.of(0, 0, 1, 1)) }, [-1, -0.5, 2, 2]],
    ['gspo', { clipLow: 0.2, clipHigh: 9 }, [-1, -1, 2 * root8, 2 * root8]],
    ['gspo-token', { clipLow: 0.2, clipHigh: 9 }, [-1, -1, 2 * root8, 2 * root8]],
    ['topr', { ratio: 'product', ratioCap: 9 }, [-1, -1, 8, 8]],
    [
      'decoupled',
      { ...clip, behaviorLogp: of(ln(0.2), ln(0.25), ln(0.5), ln(0.2)) },
      [0, -1, 2, 4],
    ],
  ] as const)('%s, %o', (objective, options, want) => {
    // loss is the sum over tokens, so each entry is the slope of a token: -A times what stands for the ratio
    const got = gradient({ objective, ...options });
    want.forEach((slope, i) => expect(got[i], `token ${i}`).toBeCloseTo(slope, 5));
  });

  it('GSPO gives the tokens of a response its mean advantage, GSPO-token leaves theirs', () => {
    const advantages = of(1, 3, -1, -3);
    const wide = { clipLow: 1, clipHigh: 9, advantages } as const;
    gradient({ objective: 'gspo', ...wide }).forEach((g, i) =>
      expect(g).toBeCloseTo([-2, -2, 4, 4][i]!, 5),
    );
    gradient({ objective: 'gspo-token', ...wide }).forEach((g, i) =>
      expect(g).toBeCloseTo([-1, -3, 2, 6][i]!, 5),
    );
  });

  it('takes the mismatch of sampler and trainer into account, up to a cap', () => {
    const behaviorLogp = of(ln(0.2), ln(0.5), ln(0.5), ln(0.1));
    const { metrics } = policyLoss(
      input({ objective: 'reinforce', behaviorLogp, behaviorCap: 1.5 }),
    );
    expect(metrics.behavior!.meanWeight).toBeCloseTo((1.5 + 3) / 4, 6);
    expect(metrics.behavior!.cappedFrac).toBe(0.25);
    expect(metrics.behavior!.effectiveSampleSize).toBeCloseTo(4.5 ** 2 / (4 * (1.5 ** 2 + 3)), 6);
    const capped = gradient({ objective: 'reinforce', behaviorLogp, behaviorCap: 1.5 });
    [-1.5, -1, 2, 2].forEach((want, i) => expect(capped[i]).toBeCloseTo(want, 5));
  });

  it('adds divergence and entropy, and passes gradients on to them', () => {
    const made = input({
      ...{ objective: 'ppo', ...clip, kl: 'full', klCoef: 0.5, entropyCoef: 0.25 },
      ...{ klDivergence: of(0.1, 0.2, 0.3, 0.4), entropy: of(1, 2, 3, 4), denominator: 2 },
    });
    for (const x of [made.klDivergence!, made.entropy!]) x.requiresGrad = true;
    const { loss, metrics } = policyLoss(made);
    expect(metrics.numerator - 2 * metrics.surrogate).toBeCloseTo(0.5 * 1 - 0.25 * 10, 6);
    expect([metrics.kl, metrics.entropy]).toEqual([expect.closeTo(0.25, 6), 2.5]);
    backward(loss);
    expect([...made.klDivergence!.grad!.f32]).toEqual(Array(4).fill(0.25));
    expect([...made.entropy!.grad!.f32]).toEqual(Array(4).fill(-0.125));
  });

  it('counts the three bounds apart and the effective sample size', () => {
    const { metrics } = policyLoss(input({ objective: 'dual-clip', ...clip, dualClip: 3 }));
    expect(metrics).toMatchObject({ clipFracLow: 0, clipFracHigh: 0.25, clipFracDual: 0.25 });
    expect(metrics.meanRatio).toBeCloseTo(7.5 / 4, 6);
    expect(metrics.effectiveSampleSize).toBeCloseTo(7.5 ** 2 / (4 * 21.25), 6);
  });

  it('refuses an option without effect, and one without its other half', () => {
    const refLogp = of(0, 0, 0, 0);
    const bad: [Partial<PolicyLossInput>, RegExp][] = [
      [{ objective: 'ppo', clipLow: 0.2 }, /clipHigh: expected a value, which 'ppo' needs/],
      [
        { objective: 'reinforce', clipLow: 0.2 },
        /clipLow: expected nothing: it has no effect on 'reinforce'/,
      ],
      [{ objective: 'tis', dualClip: 3 }, /dualClip: expected nothing/],
      [{ objective: 'gspo', ...clip, ratio: 'token' }, /ratio: expected nothing/],
      [{ objective: 'decoupled', ...clip }, /behaviorLogp: expected a value/],
      [{ ...clip, behaviorCap: 2 }, /behaviorCap: expected nothing without behaviorLogp/],
      [{ ...clip, refLogp }, /refLogp: expected nothing: it has no effect with kl 'none'/],
      [{ ...clip, klCoef: 0.1 }, /klCoef: expected nothing/],
      [{ ...clip, kl: 'k3', refLogp }, /klCoef: expected a number, since kl is 'k3'/],
      [{ ...clip, kl: 'k3', klCoef: 0.1 }, /refLogp: expected an array/],
      [{ ...clip, kl: 'full', klCoef: 0.1, refLogp }, /refLogp: expected nothing/],
      [{ ...clip, entropyCoef: 0.1 }, /entropy: expected an array/],
      [{ objective: 'dual-clip', ...clip, dualClip: 0.9 }, /expected above 1 for dual-clip/],
      [
        { objective: 'grpo' as 'ppo', ...clip },
        /objective: expected one of 'ppo' .* received 'grpo'/,
      ],
      [{ ...clip, ratio: 'seq' as 'token' }, /ratio: expected one of 'token' .* received 'seq'/],
      [
        { ...clip, aggregation: 'mean' as 'token-mean' },
        /aggregation: expected one of 'token-mean' .* received 'mean'/,
      ],
    ];
    for (const [changes, text] of bad) {
      const call = () => policyLoss(input(changes));
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(text);
    }
    expect(() => lossOfParts([new Int32Array(11)], 1)).toThrow(
      /numeratorSums\[0\]: expected \[12\]/,
    );
  });
});
