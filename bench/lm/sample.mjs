// One response to every prompt of the job, several times; prints one line of JSON.
import { readFileSync } from 'node:fs';
import { generate, Qwen3Model } from '@anacrusis/lm';
import { cpuSeconds, median } from '../timing.mjs';

const REPS = 5;
const WARMUP = 2;

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const model = Qwen3Model.load(job.model_dir);
const requests = job.sequences.map((ids, i) => ({
  prompt: Int32Array.from(ids.slice(0, job.prompt_lens[i])),
  maxNewTokens: job.max_new_tokens,
  stop: job.stop_ids,
  seedStream: i,
}));

const rates = [];
let tokens = 0;
for (let rep = 0; rep < WARMUP + REPS; rep++) {
  const start = cpuSeconds();
  const responses = generate(model, requests, { seed: job.seed + rep, temperature: 1 });
  const seconds = cpuSeconds() - start;
  tokens = responses.reduce((total, response) => total + response.tokens.length, 0);
  if (rep >= WARMUP) rates.push(tokens / seconds);
}
console.log(JSON.stringify({ tokens_per_cpu_s: median(rates), tokens }));
