// approxKl: by enumeration of a small vocabulary the expectation of each estimator is known exactly, and so is that of its
// gradient. The estimates themselves are compared with a float64 reference in the op cases of approx_kl.
import { approxKl } from '@anacrusis/ppo';
import { ArgumentError, backward, sum, tensor } from '@anacrusis/tensor';
import { describe, expect, it } from 'vitest';

const p = [0.5, 0.2, 0.2, 0.1];
const q = [0.35, 0.3, 0.15, 0.2];
const expectation = (f: (v: number) => number): number => p.reduce((e, pv, v) => e + pv * f(v), 0);
const divergence = expectation((v) => Math.log(p[v]! / q[v]!));
const logs = (probabilities: number[]) => tensor(Float32Array.from(probabilities, Math.log));
const estimates = (estimator: 'k1' | 'k2' | 'k3') =>
  approxKl({ logp: logs(p), refLogp: logs(q), estimator }).f32;

/** Expected gradient by the policy's logits: E[slope_v (1[j=v] - p_j)], with the tokens held fixed. */
function meanGradient(estimator: 'k1' | 'k2' | 'k3'): number[] {
  const logp = logs(p);
  logp.requiresGrad = true;
  backward(sum(approxKl({ logp, refLogp: logs(q), estimator })));
  const slope = logp.grad!.f32;
  return p.map((pj, j) => expectation((v) => slope[v]! * ((v === j ? 1 : 0) - pj)));
}

function expectClose(got: number[], want: number[]): void {
  got.forEach((value, j) => expect(Math.abs(value - want[j]!)).toBeLessThan(1e-7));
}

describe('approxKl', () => {
  it('is unbiased for k1 and k3, and 5.8 % low for k2 on this pair', () => {
    expect(expectation((v) => estimates('k1')[v]!)).toBeCloseTo(divergence, 7);
    expect(expectation((v) => estimates('k3')[v]!)).toBeCloseTo(divergence, 7);
    const k2 = expectation((v) => Math.log(p[v]! / q[v]!) ** 2 / 2);
    expect(expectation((v) => estimates('k2')[v]!)).toBeCloseTo(k2, 7);
    expect(k2 / divergence - 1).toBeCloseTo(-0.058, 3);
  });

  it('never estimates a negative divergence with k2 and k3', () => {
    expect(Math.min(...estimates('k2'), ...estimates('k3'))).toBeGreaterThan(0);
    expect(Math.min(...estimates('k1'))).toBeLessThan(0);
  });

  it('has the gradient of KL[policy || reference] with k2, of KL[reference || policy] with k3, none with k1', () => {
    const forward = p.map((pj, j) => pj * (Math.log(pj / q[j]!) - divergence));
    const reverse = p.map((pj, j) => pj - q[j]!);
    expectClose(meanGradient('k1'), [0, 0, 0, 0]);
    expectClose(meanGradient('k2'), forward);
    expectClose(meanGradient('k3'), reverse);
  });

  it('keeps masked tokens out and refuses shapes that disagree', () => {
    const mask = tensor(Uint8Array.of(1, 0, 1, 1));
    const logp = tensor(Float32Array.of(-1, NaN, -2, -1));
    expect([...approxKl({ logp, refLogp: logs(q), mask, estimator: 'k1' }).f32][1]).toBe(0);
    const short = tensor(new Float32Array(3));
    const call = () => approxKl({ logp: short, refLogp: logs(q), estimator: 'k3' });
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(/approxKl: refLogp: expected shape \[3\]/);
  });
});
