// Expected: the keys and exit codes that the command line promises; the figures are compared with
// what the run itself left in its folder.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig, readMetrics } from '@anacrusis/run';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anacrusis, onlyLine, start } from './command.js';

const folder = mkdtempSync(join(tmpdir(), 'anacrusis-cli-'));
const base = join(folder, 'base');
const model = join(base, 'model');
const small = [
  ...['--prompts', '3', '--group-size', '3', '--max-new-tokens', '13'],
  ...['--eval-problems', '17', '--eval-samples', '2'],
];
const KEYS = [
  ...['task', 'steps', 'seconds', 'accuracy_before', 'accuracy_after'],
  ...['sample_tokens_per_s', 'train_tokens_per_s', 'run_dir'],
];

beforeAll(async () => {
  const args = ['--steps', '3', '--rows', '5', '--seed', '4', '--run-dir', base];
  const { code, stderr } = await anacrusis(['train', 'pretrain', ...args]);
  if (code !== 0) throw new Error(stderr);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)!;

test('the run has exactly the options that were typed, the rest by default', async () => {
  const { pretrainDefaults } = await import('@anacrusis/trainers');
  const { config, seed } = readConfig(base);
  expect(seed).toBe(4);
  expect(config).toMatchObject({ ...pretrainDefaults, steps: 3, rows: 5, seed: 4 });
});

describe('post-train', () => {
  const run = join(folder, 'run');
  const options = ['--model', model, '--steps', '2', ...small, '--betas', '0.8,0.9'];

  test('shows header, curve, a response before and after with WAAD and FAI, figures', async () => {
    const args = ['train', 'post-train', ...options, '--run-dir', run, '--credit', 'local'];
    const { code, stdout } = await anacrusis(args);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/post-train .*task countdown .*credit local .*device cpu/);
    expect(lines[0]).toContain(model);
    expect(stdout).toMatch(/┤[^]*└/);
    const [, before, after] = stdout.split(/held-out problem \S.*? {2}(?=before|after)/);
    for (const part of [before, after]) {
      expect(part).toMatch(/^WAAD +[▁▂▃▄▅▆▇█ ]+$/m);
      expect(part).toMatch(/^FAI +[▁▂▃▄▅▆▇█ ]+$/m);
    }
    expect(lines.at(-1)).toMatch(
      /accuracy 0\.\d{3} .*-> 0\.\d{3} .*points .*2 steps .* s .*k? ?tok/,
    );
    expect(lines.at(-1)).toContain(run);
    expect(readConfig(run).config).toMatchObject({
      betas: [0.8, 0.9],
      credit: 'local',
      prompts: 3,
    });
  });

  test('--json: the last line of stdout has exactly the promised keys', async () => {
    const args = ['train', 'post-train', ...options, '--run-dir', join(folder, 'json'), '--json'];
    const { code, stdout, stderr } = await anacrusis(args);
    expect(code).toBe(0);
    const result = JSON.parse(onlyLine(stdout)) as Record<string, unknown>;
    expect(Object.keys(result)).toEqual(KEYS);
    expect(result).toMatchObject({ task: 'countdown', steps: 2, run_dir: join(folder, 'json') });
    for (const key of KEYS.slice(1, -1)) expect(result[key]).toEqual(expect.any(Number));
    expect(stderr).toMatch(/post-train .*credit coupled/);
  });

  test('--resume goes on where the run was', async () => {
    const args = ['train', 'post-train', '--resume', run, '--steps', '3'];
    const { code, stdout } = await anacrusis(args);
    expect(code).toBe(0);
    expect(lastLine(stdout)).toContain('3 steps');
    const steps = readMetrics(join(run, 'metrics.jsonl')).map(({ step }) => step);
    expect([...new Set(steps)]).toEqual([1, 2, 3]);
  });

  test('--resume refuses options that the run has fixed', async () => {
    const { code, stderr } = await anacrusis(['train', 'post-train', '--resume', run, '--lr', '1']);
    expect(code).toBe(2);
    expect(onlyLine(stderr)).toMatch(/--lr .*--resume/);
  });

  test('a run folder that cannot be made is refused by name', async () => {
    const args = ['train', 'post-train', ...options, '--run-dir', '/dev/null/run'];
    const { code, stderr } = await anacrusis(args);
    expect(code).toBe(2);
    expect(onlyLine(stderr)).toContain('/dev/null/run');
  });

  test('a folder that holds a run is not overwritten', async () => {
    const before = readFileSync(join(run, 'config.json'), 'utf8');
    const args = ['train', 'post-train', ...options, '--run-dir', run];
    const { code, stderr } = await anacrusis(args);
    expect(code).toBe(2);
    expect(onlyLine(stderr)).toContain(run);
    expect(readFileSync(join(run, 'config.json'), 'utf8')).toBe(before);
  });
});

test('SIGINT finishes the step, saves, says how to resume, exit code 130', async () => {
  const run = join(folder, 'interrupted');
  const args = ['train', 'post-train', '--model', model, '--steps', '100000', ...small];
  const { child, output, finished } = start([...args, '--run-dir', run], {});
  const begun = (): boolean =>
    existsSync(join(run, 'metrics.jsonl')) && readMetrics(join(run, 'metrics.jsonl')).length > 2;
  while (!begun() && child.exitCode === null) await new Promise((done) => setTimeout(done, 50));
  child.kill('SIGINT');
  const { code } = await finished;
  expect(code, output.stderr).toBe(130);
  expect(output.stderr).toContain(`anacrusis train post-train --resume ${run}`);
  const steps = Number(/(\d+) steps/.exec(lastLine(output.stdout))![1]);
  expect(steps).toBe(readMetrics(join(run, 'metrics.jsonl')).at(-1)!.step);
  const more = await anacrusis([
    ...['train', 'post-train', '--resume', run, '--steps', String(steps + 1), '--json'],
  ]);
  expect(more.code, more.stderr).toBe(0);
  expect(JSON.parse(lastLine(more.stdout))).toMatchObject({ steps: steps + 1, run_dir: run });
});

describe('--device', () => {
  const emulator = fileURLToPath(new URL('../../../build/emulated/emulated.node', import.meta.url));
  const tiny = ['--steps', '1', '--prompts', '1', '--group-size', '2', '--max-new-tokens', '3'];
  const once = ['--eval-problems', '1', '--eval-samples', '1', '--model', model];
  const train = (device: string, binary: string): ReturnType<typeof anacrusis> => {
    const run = join(folder, `device-${device.replace(':', '-')}-${binary === emulator}`);
    const args = ['train', 'post-train', ...tiny, ...once, '--device', device, '--run-dir', run];
    return anacrusis(args, { env: { ANACRUSIS_CUDA_BINARY: binary } });
  };

  test('cuda runs on the first device', async () => {
    const { code, stdout, stderr } = await train('cuda', emulator);
    expect(code, stderr).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/device cuda:0 \(.*emulator.*\)/i);
  });

  test('auto takes the device where it works, else the CPU, and says why', async () => {
    const found = await train('auto', emulator);
    expect(found.stdout.split('\n')[0]).toMatch(/device cuda:0 .*auto: .*works/);
    const none = await train('auto', '/nowhere/cuda.node');
    expect(none.code, none.stderr).toBe(0);
    expect(none.stdout.split('\n')[0]).toMatch(/device cpu .*auto: CUDA cannot be used: /);
  });

  test('cuda never falls back', async () => {
    const { code, stdout, stderr } = await train('cuda:0', '/nowhere/cuda.node');
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('cuda:0');
  });

  test('another name is refused', async () => {
    const { code, stderr } = await train('gpu', emulator);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--device.*cpu, cuda, cuda:N or auto/);
  });
});
