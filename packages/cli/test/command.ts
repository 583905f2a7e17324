import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const main = createRequire(import.meta.url).resolve('../dist/main.js');

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the built command line in a process of its own. */
export function anacrusis(
  args: readonly string[],
  { cwd, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Finished> {
  return start(args, { ...(cwd !== undefined && { cwd }), env }).finished;
}

/** The same, with the process while it runs. */
export function start(
  args: readonly string[],
  { cwd, env = {} }: { cwd?: string; env?: Record<string, string> },
) {
  const child = spawn(process.execPath, [main, ...args], {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
  return { child, output, finished };
}

/** The only line of a text; fails where there are more or none. */
export function onlyLine(text: string): string {
  const lines = text.split('\n');
  if (lines.length !== 2 || lines[1] !== '' || lines[0] === '') {
    throw new Error(`expected one line, received ${JSON.stringify(text)}`);
  }
  return lines[0]!;
}
