import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../root.mjs';

export const logFile = join(root, '.anacrusis', 'setup.log');

/** A step that cannot go on; its message is a sentence for the person at the terminal. */
export class SetupError extends Error {}

/** Seconds since a `performance.now()`, as text. */
export function secondsSince(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

/**
 * Does one step with one progress line on stderr: rewritten in place on a terminal, else continued.
 * @param {string} label
 * @param {(update: (text: string) => void) => Promise<string | void>} work returns a note for the line
 */
export async function step(label, work) {
  const started = performance.now();
  const live = process.stderr.isTTY === true;
  const head = `${label} ${'.'.repeat(Math.max(2, 24 - label.length))} `;
  let last = '';
  process.stderr.write(head);
  const update = (text) => {
    if (text === last) return;
    last = text;
    process.stderr.write(live ? `\r\x1b[K${head}${text}` : `${text} `);
  };
  try {
    const note = await work(update);
    const took = secondsSince(started);
    process.stderr.write(`${live ? `\r\x1b[K${head}` : ''}${took}${note ? ` (${note})` : ''}\n`);
  } catch (error) {
    process.stderr.write('failed\n');
    throw error;
  }
}

/** Appends what a program wrote to the log of the set-up. */
export function log(text) {
  mkdirSync(dirname(logFile), { recursive: true });
  appendFileSync(logFile, text);
}
