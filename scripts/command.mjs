import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './root.mjs';

/** A program that failed; `output` is all it wrote. */
export class CommandError extends Error {
  constructor(line, outcome, output) {
    super(`${line}: ${outcome}`);
    this.name = 'CommandError';
    this.output = output;
  }
}

/**
 * Runs a program without a terminal and without input, and returns what it wrote.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, seconds?: number,
 *   onLine?: (line: string) => void }} [options] `seconds` ends it after that time; `onLine` sees
 *   each line as it comes.
 * @throws CommandError when it does not start, fails or takes too long.
 */
export function run(program, args, { cwd = root, env = {}, seconds = 1800, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000,
    });
    let output = '';
    let line = '';
    const take = (chunk) => {
      output += chunk;
      const lines = (line + chunk).split(/\r?\n|\r/);
      line = lines.pop();
      if (onLine) lines.forEach(onLine);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take);
    const called = [program, ...args].join(' ');
    child.on('error', (error) => reject(new CommandError(called, error.message, output)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new CommandError(called, signal ? `ended by ${signal}` : `exit ${code}`, output));
    });
  });
}

/** Runs a JavaScript file with the Node that runs this. */
export function runNode(args, options) {
  return run(process.execPath, args, options);
}

/** Absolute path of a program on the PATH, or undefined. */
export function which(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      const path = join(folder, program);
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  return undefined;
}
