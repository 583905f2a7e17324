import { formatCount, formatDuration, formatNumber } from './format.js';

export interface ProgressOptions {
  /** What runs: the first word of the line. */
  label: string;
  /** Steps of the whole run. */
  total: number;
  /** Steps done before this process started (default 0). */
  start?: number;
  /** Unit of the work that is counted by `update` (default `steps`). */
  unit?: string;
  /** Where to write (default standard output). */
  stream?: NodeJS.WriteStream;
  /** Least time between two lines in ms (default 100 on a terminal, 5000 elsewhere). */
  interval?: number;
  /** A clock in ms, for tests. */
  now?: () => number;
}

/** Seconds over which the shown rate averages. */
const RATE_WINDOW = 15;

/**
 * One line that says how far a run is: on a terminal it is rewritten in place, elsewhere a new line
 * appears every few seconds. Display only: it never throws, also when its stream is closed.
 */
export class Progress {
  private readonly stream: NodeJS.WriteStream;
  private readonly now: () => number;
  private readonly interval: number;
  /** Time, steps and work at recent updates. */
  private readonly marks: { time: number; step: number; work: number }[];
  private shownAt = -Infinity;
  private line = '';
  private broken = false;

  constructor(private readonly options: ProgressOptions) {
    this.stream = options.stream ?? process.stdout;
    this.now = options.now ?? (() => performance.now());
    this.interval = options.interval ?? (this.stream.isTTY ? 100 : 5000);
    this.marks = [{ time: this.now(), step: options.start ?? 0, work: 0 }];
    // A reader that went away shows up as an event, which without a listener ends the process.
    this.stream.on('error', this.onError);
  }

  /**
   * Tells that `step` steps are done. `values` are the numbers to show, in order; `work` is the
   * work done so far by this process in `unit` (tokens, environment steps; default: the steps), from
   * which the rate follows.
   */
  update(
    step: number,
    values: Readonly<Record<string, number>> = {},
    work = step - (this.options.start ?? 0),
  ): void {
    const time = this.now();
    this.marks.push({ time, step, work });
    while (this.marks.length > 2 && time - this.marks[1]!.time > RATE_WINDOW * 1000) {
      this.marks.shift();
    }
    this.line = this.format(step, values);
    const due = time - this.shownAt >= this.interval || step >= this.options.total;
    if (!due) return;
    this.shownAt = time;
    this.show();
  }

  /** Writes a line above the progress line. */
  log(text: string): void {
    this.write(this.stream.isTTY ? `\r\u001b[2K${text}\n${this.fit()}` : `${text}\n`);
  }

  /** Leaves the last line standing. */
  close(): void {
    if (this.stream.isTTY && this.line !== '') this.write(`\r\u001b[2K${this.fit()}\n`);
    this.line = '';
  }

  private readonly onError = (): void => {
    this.broken = true;
  };

  private show(): void {
    this.write(this.stream.isTTY ? `\r\u001b[2K${this.fit()}` : `${this.line}\n`);
  }

  /** What fits into one row: a longer line would wrap and could not be rewritten. */
  private fit(): string {
    const columns = this.stream.columns || 80;
    return this.line.length < columns ? this.line : `${this.line.slice(0, columns - 2)}…`;
  }

  private format(step: number, values: Readonly<Record<string, number>>): string {
    const { label, total, unit = 'steps' } = this.options;
    const first = this.marks[0]!;
    const last = this.marks.at(-1)!;
    const seconds = (last.time - first.time) / 1000;
    const rate = (last.work - first.work) / seconds;
    const left = ((total - step) * seconds) / (last.step - first.step);
    const parts = [`${label} ${String(step).padStart(String(total).length)}/${total}`];
    if (this.stream.isTTY) parts.push(bar(step / total));
    for (const [name, value] of Object.entries(values))
      parts.push(`${name} ${formatNumber(value)}`);
    if (Number.isFinite(rate)) parts.push(`${formatCount(rate)} ${unit}/s`);
    if (Number.isFinite(left) && seconds > 0) parts.push(`${formatDuration(left)} left`);
    return parts.join('  ');
  }

  private write(text: string): void {
    if (this.broken || this.stream.destroyed || this.stream.writableEnded) return;
    try {
      this.stream.write(text);
    } catch {
      this.broken = true;
    }
  }
}

const BAR_WIDTH = 16;
const EIGHTHS = ' ▏▎▍▌▋▊▉█';

function bar(share: number): string {
  const eighths = Math.round(Math.min(Math.max(share, 0), 1) * BAR_WIDTH * 8);
  const full = '█'.repeat(eighths >> 3);
  const rest = eighths % 8 === 0 ? '' : EIGHTHS[eighths % 8]!;
  return `▕${(full + rest).padEnd(BAR_WIDTH)}▏`;
}
