// The work that both sides get: 256 responses of the shipped model to training problems.
import { countdown, random } from '@anacrusis/envs';
import { generate, Qwen3Model } from '@anacrusis/lm';

const ROWS = 256;
const SEED = 7;

/** The job as the peers read it (peers/README.md). */
export function makeJob(modelDir) {
  const task = countdown();
  const model = Qwen3Model.load(modelDir);
  const source = random(SEED);
  const prompts = Array.from({ length: ROWS }, () =>
    Int32Array.from(task.encode(task.prompt(task.generate(source, 'train')))),
  );
  const stop = task.encode(task.endToken);
  const maxNewTokens = task.maxResponseTokens;
  const requests = prompts.map((prompt, i) => ({ prompt, maxNewTokens, stop, seedStream: i }));
  const responses = generate(model, requests, { seed: SEED, temperature: 1 });
  return {
    model_dir: modelDir,
    sequences: responses.map(({ tokens }, i) => [...prompts[i], ...tokens]),
    prompt_lens: prompts.map(({ length }) => length),
    advantages: responses.map((_, i) => Math.sin(i + 1)),
    max_new_tokens: maxNewTokens,
    stop_ids: stop,
    seed: SEED,
  };
}
