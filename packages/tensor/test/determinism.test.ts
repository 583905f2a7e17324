import { setThreads } from '@anacrusis/native';
import * as t from '@anacrusis/tensor';
import { expect, it } from 'vitest';

/** Three steps of a small attention network; sizes large enough to be split between threads. */
function train(threads: number): Float32Array[] {
  setThreads(threads);
  return t.scope(() => {
    const random = new t.RandomStream(3, 'determinism');
    const shapes = {
      table: [57, 96],
      gain: [96],
      q: [96, 96],
      k: [96, 96],
      v: [96, 96],
      up: [200, 96],
      down: [96, 200],
    };
    const parameters = new Map(
      Object.entries(shapes).map(([name, shape]) => [name, random.normal(shape, 0, 0.1)]),
    );
    for (const p of parameters.values()) p.requiresGrad = true;
    const [table, gain, wq, wk, wv, up, down] = [...parameters.values()] as [
      t.Tensor,
      t.Tensor,
      t.Tensor,
      t.Tensor,
      t.Tensor,
      t.Tensor,
      t.Tensor,
    ];
    const optimizer = new t.AdamW(parameters, { lr: 0.01, weightDecay: 0.1 });
    const offsets = t.tensor(Int32Array.of(0, 301, 613));
    for (let step = 0; step < 3; step++) {
      t.scope(() => {
        const ids = random.integers([613], 0, 56);
        const x = t.rmsNorm(t.embedding(table, ids), gain, 1e-6);
        const heads = (w: t.Tensor): t.Tensor => t.reshape(t.linear(x, w), [613, 8, 12]);
        const { y } = t.causalAttention(heads(wq), heads(wk), heads(wv), offsets);
        const h = t.add(x, t.reshape(y, [613, 96]));
        const hidden = t.linear(t.silu(t.linear(h, up)), down);
        const { logp, entropy } = t.tokenLogProbs({
          logits: t.linear(hidden, table),
          targets: ids,
        });
        optimizer.zeroGrad();
        t.backward(t.mean(t.sub(t.mul(entropy, 0.01), logp)));
        optimizer.step(t.clipFactor(t.gradNorm(parameters.values()), 1));
      });
    }
    optimizer.dispose();
    return [...parameters.values()].map((p) => p.f32.slice());
  });
}

it('training has the same bits twice, and with one, two and three threads', () => {
  const expected = train(1);
  expect(expected.every((p) => p.every(Number.isFinite))).toBe(true);
  for (const threads of [1, 2, 3]) {
    train(threads).forEach((p, i) => expect(Buffer.compare(bytes(p), bytes(expected[i]!))).toBe(0));
  }
});

const bytes = (x: Float32Array): Buffer => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
