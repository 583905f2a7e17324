// Expected: sets and credits by the equations 14 to 19 of 2510.13554 from the printed WAAD and FAI,
// written here anew; means by place from the responses that the same seed samples in this process.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anacrusis, onlyLine } from './command.js';

const folder = mkdtempSync(join(tmpdir(), 'anacrusis-inspect-'));
const run = join(folder, 'base');
const model = join(run, 'model');
const PROMPT = '7 6 9>4:';
const RESPONSE = '9-7=2,2+6=8;9-6=3,3+7=10;9-6=3,7-3=4.';

interface Token {
  token: string;
  waad: number;
  fai: number | null;
  preplan: boolean;
  anchor: boolean;
  credit: { local: number; global: number; coupled: number };
}

interface Inspection {
  prompt: string;
  response: string;
  preset: string;
  svg: string;
  tokens: Token[];
}

beforeAll(async () => {
  const args = ['--steps', '30', '--seed', '3', '--run-dir', run];
  const { code, stderr } = await anacrusis(['train', 'pretrain', ...args]);
  if (code !== 0) throw new Error(stderr);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function inspect(...args: string[]): Promise<Inspection> {
  const svg = ['--svg', join(folder, 'picture.svg')];
  const command = ['inspect', model, '--prompt', PROMPT, '--json', ...svg, ...args];
  const { code, stdout, stderr } = await anacrusis(command);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(onlyLine(stdout)) as Inspection;
}

/** The `count` highest of the values that are defined, earlier ones first where they are equal. */
function top(values: (number | null)[], count: number): boolean[] {
  const defined = values.flatMap((value, i) => (value === null ? [] : [i]));
  const order = defined.toSorted((a, b) => values[b]! - values[a]! || a - b);
  const chosen = new Set(order.slice(0, count));
  return values.map((_, i) => chosen.has(i));
}

const median = (values: number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
};

describe('a given response', () => {
  test('is read token by token', async () => {
    const { tokens, prompt, response, preset } = await inspect('--response', RESPONSE);
    expect({ prompt, response, preset }).toEqual({
      ...{ prompt: PROMPT, response: RESPONSE, preset: 'tiny' },
    });
    expect(tokens.map(({ token }) => token)).toEqual(RESPONSE.match(/\d+|\D/g));
    for (const { waad } of tokens) {
      expect(waad).toBeGreaterThan(0);
      expect(waad).toBeLessThanOrEqual(4);
    }
    // FAI of the preset looks 2 to 16 tokens ahead: the last two have nothing to look at.
    expect(tokens.map(({ fai }) => fai === null)).toEqual(
      tokens.map((_, i) => i >= tokens.length - 2),
    );
  });

  test.each(['input', 'predict'])('has sets and credits of the paper, rows %s', async (rows) => {
    const { tokens } = await inspect('--response', RESPONSE, '--row-alignment', rows);
    const waad = tokens.map((token) => token.waad);
    const delta = waad.map((value, i) =>
      i + 1 < waad.length ? Math.fround(Math.abs(value - waad[i + 1]!)) : null,
    );
    const fai = tokens.map((token) => token.fai);
    const defined = fai.filter((value) => value !== null);
    const preplan = top(delta, Math.ceil(0.4 * tokens.length));
    const anchor = top(fai, Math.ceil(0.4 * defined.length));
    expect(tokens.map((token) => token.preplan)).toEqual(preplan);
    expect(tokens.map((token) => token.anchor)).toEqual(anchor);
    expect(tokens.map(({ credit }) => credit.local)).toEqual(preplan.map((p) => (p ? 1.5 : 1)));
    expect(tokens.map(({ credit }) => credit.global)).toEqual(anchor.map((a) => (a ? 1.5 : 1)));
    expect(tokens.map(({ credit }) => credit.coupled)).toEqual(coupled(waad, delta, anchor));
  });

  test('is drawn in the SVG with every token and credit', async () => {
    const { svg } = await inspect('--response', RESPONSE);
    const picture = readFileSync(svg, 'utf8');
    expect(picture).toMatch(/^<svg /);
    for (const label of ['WAAD', 'FAI', 'preplan', 'anchor', 'local', 'global', 'coupled']) {
      expect(picture).toContain(`>${label}<`);
    }
  });
});

/** Equations 18 and 19 with alpha 0.5, k 3, gamma 1.5 and the medians as thresholds. */
function coupled(waad: number[], delta: (number | null)[], anchor: boolean[]): number[] {
  const credit = waad.map(() => 1);
  const [tauWaad, tauDelta] = [median(waad), median(delta.filter((d) => d !== null))];
  const intros = new Set<number>();
  anchor.forEach((isAnchor, t) => {
    if (!isAnchor) return;
    const before = [t - 3, t - 2, t - 1].filter((u) => u >= 0);
    const peak = Math.max(...before.map((u) => delta[u]!));
    const dominated = waad[t]! <= tauWaad && peak >= tauDelta;
    credit[t]! += dominated ? 0.25 : 0.5;
    if (dominated) intros.add(before.findLast((u) => delta[u] === peak)!);
  });
  for (const t of intros) credit[t]! += 0.25;
  return credit;
}

describe('a sampled response', () => {
  test('follows the seed', async () => {
    const [one, same, other] = await Promise.all([
      inspect('--seed', '5'),
      inspect('--seed', '5'),
      inspect('--seed', '6'),
    ]);
    expect(same).toEqual(one);
    expect(other.response).not.toBe(one.response);
  });

  test('has at most --max-new-tokens tokens; greedy does not follow the seed', async () => {
    const greedy = ['--greedy', '--max-new-tokens', '7'];
    const [one, other] = await Promise.all([
      inspect(...greedy, '--seed', '1'),
      inspect(...greedy, '--seed', '2'),
    ]);
    expect(one.tokens.length).toBeLessThanOrEqual(7);
    expect(other).toEqual(one);
  });
});

test('the text shows a line for each signal, set and credit, and writes inspect.svg', async () => {
  const args = ['inspect', model, '--prompt', PROMPT, '--response', RESPONSE];
  const { code, stdout } = await anacrusis(args, { cwd: folder });
  expect(code).toBe(0);
  expect(stdout).toContain(PROMPT);
  for (const label of ['WAAD', 'FAI', 'preplan', 'anchor', 'local', 'global', 'coupled']) {
    expect(stdout).toMatch(new RegExp(`^${label} `, 'm'));
  }
  expect(existsSync(join(folder, 'inspect.svg'))).toBe(true);
});

test('a run directory stands for its last checkpoint', async () => {
  const svg = join(folder, 'run.svg');
  const args = ['--prompt', PROMPT, '--response', RESPONSE, '--json', '--svg', svg];
  const [ofRun, ofModel] = await Promise.all(
    [run, model].map(async (path) => {
      const { stdout } = await anacrusis(['inspect', path, ...args]);
      return (JSON.parse(stdout) as Inspection).tokens;
    }),
  );
  expect(ofRun).toEqual(ofModel);
});

describe('wrong usage', () => {
  const cases: [string[], RegExp][] = [
    [[], /--prompt/],
    [['--prompt', '7x6>4:'], /--prompt.*"7x6>4:".*"76>4:"/],
    [['--prompt', ''], /--prompt/],
    [['--prompt', PROMPT, '--response', 'ten'], /--response/],
    [['--prompt', PROMPT, '--preset', 'v3'], /--preset.*v3.*tiny/],
    [['--prompt', PROMPT, '--svg', '/dev/null/x.svg'], /\/dev\/null\/x\.svg/],
    [['--prompt', PROMPT, '--temperature', '-1'], /temperature/],
    [['--stats', '--prompt', PROMPT], /--stats.*--prompt/],
    [['other-model', '--prompt', PROMPT], /other-model/],
  ];
  test.each(cases)('%j', async (args, mentions) => {
    const { code, stdout, stderr } = await anacrusis(['inspect', model, ...args], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(onlyLine(stderr)).toMatch(mentions);
  });
});

describe('--stats', () => {
  interface Row {
    place: string;
    count: number;
    waad: number;
    fai: number | null;
  }

  interface Stats {
    problems: number;
    models: { model: string; accuracy: number; input: Row[]; predict: Row[]; boundary: null }[];
  }

  test('counts every token of 256 responses at its place, for both models and alignments', async () => {
    const { Qwen3Model } = await import('@anacrusis/lm');
    const { countdown } = await import('@anacrusis/envs');
    const { evaluate } = await import('@anacrusis/trainers');
    const args = ['inspect', '--stats', model, run, '--seed', '2', '--json'];
    const { code, stdout, stderr } = await anacrusis(args);
    expect(code, stderr).toBe(0);
    const { problems, models } = JSON.parse(onlyLine(stdout)) as Stats;
    expect(problems).toBe(256);
    expect(models.map((one) => one.model)).toEqual([model, run]);
    const task = countdown();
    const sampling = { problems: 256, samples: 1, seed: 2 };
    const { rollouts, accuracy } = evaluate(Qwen3Model.load(model), task, sampling);
    const counts = new Map<string, number>();
    for (const { tokens } of rollouts) {
      for (const place of task.places(tokens)) counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    for (const one of models) {
      expect(one.accuracy).toBe(accuracy);
      for (const rows of [one.input, one.predict]) {
        expect(new Map(rows.map(({ place, count }) => [place, count]))).toEqual(counts);
      }
      expect(one.input.map(({ waad }) => waad)).not.toEqual(one.predict.map(({ waad }) => waad));
    }
  });

  test('the text has a row for each place and says how the ; row stands out', async () => {
    const { code, stdout } = await anacrusis(['inspect', '--stats', model]);
    expect(code).toBe(0);
    for (const place of ['a1', 'op1', '=1', 'c1', ',1']) {
      expect(stdout).toMatch(new RegExp(`^${place} +\\d+ +\\d\\.\\d\\d `, 'm'));
    }
    expect(stdout).toMatch(/; row .*ratio \d\.\d\d|no response has a second attempt/);
  });
});
