// One optimiser step on all sequences of the job, several times; prints one line of JSON.
import { readFileSync } from 'node:fs';
import { Qwen3Model } from '@anacrusis/lm';
import { policyLoss } from '@anacrusis/ppo';
import {
  AdamW,
  backward,
  clipFactor,
  gradNorm,
  scope,
  tensor,
  tokenLogProbs,
} from '@anacrusis/tensor';
import { packSequences } from '@anacrusis/trainers';
import { cpuSeconds, median } from '../timing.mjs';

const REPS = 5;
const WARMUP = 2;

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const model = Qwen3Model.load(job.model_dir);
const optimizer = new AdamW(model.parameters(), { lr: 1e-3, betas: [0.9, 0.95] });
const packed = packSequences(
  job.sequences.map((ids, i) => ({ ids, promptLength: job.prompt_lens[i] })),
);
const advantages = Float32Array.from(
  job.sequences.flatMap((ids, i) => Array(ids.length - job.prompt_lens[i]).fill(job.advantages[i])),
);
const mask = new Uint8Array(advantages.length).fill(1);

function logProbs() {
  const { logits } = model.forward({
    ids: tensor(packed.ids),
    offsets: tensor(packed.offsets),
    rows: tensor(packed.rows),
  });
  return tokenLogProbs({ logits, targets: tensor(packed.targets) }).logp;
}

function step(oldLogp) {
  return scope(() => {
    const { loss } = policyLoss({
      logp: logProbs(),
      oldLogp: tensor(oldLogp),
      advantages: tensor(advantages),
      mask: tensor(mask),
      offsets: tensor(packed.responseOffsets),
      clipLow: 0.2,
      clipHigh: 0.2,
      aggregation: 'token-mean',
      denominator: advantages.length,
    });
    optimizer.zeroGrad();
    backward(loss);
    const norm = gradNorm(model.parameters().values());
    optimizer.step(clipFactor(norm, 1));
    return { loss: loss.item(), norm };
  });
}

const oldLogp = scope(() => logProbs().f32.slice());
const rates = [];
let first = null;
for (let rep = 0; rep < WARMUP + REPS; rep++) {
  const start = cpuSeconds();
  const result = step(oldLogp);
  const seconds = cpuSeconds() - start;
  first ??= result;
  if (rep >= WARMUP) rates.push(packed.ids.length / seconds);
}
console.log(
  JSON.stringify({
    tokens_per_cpu_s: median(rates),
    tokens: packed.ids.length,
    first_loss: first.loss,
    first_grad_norm: first.norm,
  }),
);
