type Phase = 'sample' | 'train';

/** Seconds and tokens of the two phases of a step. */
export class Clock {
  readonly #started = performance.now();
  readonly #cpuStarted = process.cpuUsage();
  readonly #seconds = { sample: 0, train: 0 };
  readonly #tokens = { sample: 0, train: 0 };

  time<R>(phase: Phase, body: () => R): R {
    const start = performance.now();
    try {
      return body();
    } finally {
      this.#seconds[phase] += (performance.now() - start) / 1000;
    }
  }

  count(phase: Phase, tokens: number): void {
    this.#tokens[phase] += tokens;
  }

  tokens(phase: Phase): number {
    return this.#tokens[phase];
  }

  /** Tokens per second of wall time in each phase, over the whole run so far. */
  rates(): { 'perf/sample_tokens_per_s': number; 'perf/train_tokens_per_s': number } {
    const rate = (phase: Phase): number =>
      this.#tokens[phase] / Math.max(this.#seconds[phase], 1e-9);
    return {
      'perf/sample_tokens_per_s': rate('sample'),
      'perf/train_tokens_per_s': rate('train'),
    };
  }

  /** Wall and CPU-seconds (all threads) since the clock was made. */
  elapsed(): { seconds: number; cpuSeconds: number } {
    const { user, system } = process.cpuUsage(this.#cpuStarted);
    return {
      seconds: (performance.now() - this.#started) / 1000,
      cpuSeconds: (user + system) / 1e6,
    };
  }
}
