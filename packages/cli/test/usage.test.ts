// Expected: exit code 2 and one line on stderr for wrong usage, which names what was wrong; the
// texts asked for are those that the arguments of the test contain.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { anacrusis, onlyLine } from './command.js';

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

describe('wrong usage is one line and exit code 2', () => {
  const cases: [name: string, args: string[], mentions: RegExp][] = [
    ['unknown command', ['tarin'], /'tarin'.*train/],
    ['unknown trainer', ['train', 'post-trian'], /'post-trian'.*post-train/],
    ['unknown option of a command', ['doctor', '--jsn'], /'--jsn'.*--json/],
    ['too many arguments', ['doctor', 'please'], /too many arguments/],
    ['unknown option, nearest named', ['train', 'post-train', '--step', '3'], /'--step'.*--steps/],
    ['unknown task', ['train', 'post-train', '--task', 'chess'], /--task.*'chess'.*countdown/],
    ['no number', ['train', 'post-train', '--steps', 'ten'], /--steps.*'ten'.*number/],
    ['empty number', ['train', 'post-train', '--lr', ''], /--lr.*number/],
    ['infinite number', ['train', 'post-train', '--lr', 'Infinity'], /--lr.*number/],
    ['list of another length', ['train', 'post-train', '--betas', '0.9'], /--betas.*2 numbers/],
    ['half a thread', ['train', 'post-train', '--threads', '1.5'], /--threads.*whole number/],
    ['whole number as text', ['train', 'post-train', '--prompts', '1e99'], /--prompts.*whole/],
    ['share above one', ['train', 'pretrain', '--decay', '1.5'], /--decay.*'1.5'.*to 1/],
    ['no temperature', ['train', 'post-train', '--temperature', '0'], /--temperature.*above 0/],
    ['a beta of one', ['train', 'post-train', '--betas', '0.9,1'], /--betas.*below 1/],
    ['nowhere to write', ['train', 'post-train', '--run-dir', ''], /--run-dir.*some text/],
    ['negative steps', ['train', 'post-train', '--steps', '-3'], /steps.*-3/],
    ['half a step', ['train', 'post-train', '--steps', '2.5'], /steps.*2\.5/],
    ['unknown credit', ['train', 'post-train', '--credit', 'glory'], /--credit.*'glory'.*coupled/],
    ['missing model', ['train', 'post-train', '--model', '/nowhere/m'], /\/nowhere\/m/],
    ['run to resume missing', ['train', 'post-train', '--resume', '/nowhere/r'], /\/nowhere\/r/],
    [
      'run folder below a file',
      ['train', 'pretrain', '--run-dir', '/dev/null/r'],
      /\/dev\/null\/r/,
    ],
    ['nowhere to make a folder', ['train', 'pretrain', '--run-dir', '/proc/r/s'], /\/proc\/r\/s/],
    ['inspect without a model', ['inspect'], /missing required argument 'model'/],
    ['inspect of a missing model', ['inspect', '/nowhere/m', '--prompt', '1'], /\/nowhere\/m/],
  ];
  test.each(cases)('%s: %j', async (_, args, mentions) => {
    const { code, stderr } = await anacrusis(args);
    expect(onlyLine(stderr)).toMatch(/^error: /);
    expect(stderr).toMatch(mentions);
    expect(code).toBe(2);
  });
});

test('--version and --help end well and go to stdout', async () => {
  expect(await anacrusis(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  const { code, stdout, stderr } = await anacrusis(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const command of ['train', 'inspect', 'doctor']) expect(stdout).toContain(command);
});

test('without a command the help goes to stderr', async () => {
  const { code, stdout, stderr } = await anacrusis([]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('Usage: anacrusis');
});

test('every option of a trainer is in its help, with its default', async () => {
  const { postTrainDefaults } = await import('@anacrusis/trainers');
  const { code, stdout } = await anacrusis(['train', 'post-train', '--help']);
  expect(code).toBe(0);
  const words = stdout.replace(/\s+/g, ' ');
  for (const [name, value] of Object.entries(postTrainDefaults)) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    expect(words).toMatch(new RegExp(`--${flag} <\\w+>.*?\\(default: ${String(value)}\\)`));
  }
});

test('a command that needs the binary says where to look when there is none', async () => {
  const env = { ANACRUSIS_CPU_BINARY: '/nowhere/cpu.node' };
  const { code, stderr } = await anacrusis(['train', 'post-train'], { env });
  expect(code).toBe(1);
  expect(stderr).toContain('/nowhere/cpu.node');
  expect(stderr).toContain('anacrusis doctor');
});
