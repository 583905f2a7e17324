import { existsSync, readFileSync } from 'node:fs';

import { CheckpointError } from '@anacrusis/tensor';

import { ArgumentError, checkStep } from './argument-error.js';
import { writeWhole } from './files.js';
import { encodeJson } from './json.js';

/** One line of `metrics.jsonl`: the step, seconds since 1970, and the logged numbers. */
export interface MetricRow {
  step: number;
  wall_time: number;
  [metric: string]: number;
}

const NOT_METRICS = new Set(['step', 'wall_time']);

/** A line of `metrics.jsonl`, with its line break; numbers that are not finite stand as strings. */
export function encodeMetrics(
  step: number,
  wallTime: number,
  metrics: Readonly<Record<string, number>>,
): Buffer {
  checkStep(step);
  for (const [name, value] of Object.entries(metrics)) {
    if (NOT_METRICS.has(name)) throw new ArgumentError('metrics', 'another name', name);
    if (typeof value !== 'number') {
      throw new ArgumentError(`metrics[${JSON.stringify(name)}]`, 'a number', typeof value);
    }
  }
  const fields = encodeJson(metrics, 'metrics', 'text').slice(1);
  const comma = fields === '}' ? '' : ',';
  return Buffer.from(`{"step":${step},"wall_time":${wallTime}${comma}${fields}\n`);
}

/** Every complete line of a `metrics.jsonl`, in order, with `"NaN"` and the like as numbers again. */
export function readMetrics(path: string): MetricRow[] {
  const rows = readLines(path).complete.map(parseRow);
  return rows.filter((row) => row !== undefined);
}

/**
 * Removes what a killed process left half-written and every line after `lastStep`.
 * @returns the number of lines removed
 */
export function repairMetrics(path: string, lastStep = Infinity): number {
  if (!existsSync(path)) return 0;
  const { complete, rest } = readLines(path);
  const kept = complete.filter((line) => (parseRow(line)?.step ?? NaN) <= lastStep);
  const removed = complete.length - kept.length + (rest === '' ? 0 : 1);
  if (removed > 0) writeWhole(path, kept.map((line) => `${line}\n`).join(''));
  return removed;
}

function readLines(path: string): { complete: string[]; rest: string } {
  try {
    const complete = readFileSync(path, 'utf8').split('\n');
    const rest = complete.pop()!;
    return { complete, rest };
  } catch (error) {
    throw CheckpointError.from(error, path);
  }
}

function parseRow(line: string): MetricRow | undefined {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row !== 'object' || row === null) return undefined;
    const entries = Object.entries(row).map(([name, value]) => [name, Number(value)] as const);
    const { step, wall_time, ...metrics } = Object.fromEntries(entries);
    if (!Number.isSafeInteger(step) || wall_time === undefined) return undefined;
    return { step: step!, wall_time, ...metrics };
  } catch {
    return undefined;
  }
}
