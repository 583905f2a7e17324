const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const EXIT_CODE = { SIGINT: 130, SIGTERM: 143 };

/** A request to stop, as seen by a loop. */
export interface Interrupt extends Disposable {
  /** Whether the first signal has come. */
  readonly requested: boolean;
  /**
   * Lets signals in, which a loop of synchronous steps otherwise never sees, and tells whether to
   * stop. Await it once per step.
   */
  poll(): Promise<boolean>;
  /** Restores the default handling of signals. */
  dispose(): void;
}

/**
 * Turns the first SIGINT or SIGTERM into a request, so that a loop can finish its step and save;
 * `handler` runs once, to say so. A second SIGINT ends the process with code 130 (SIGTERM: 143).
 */
export function onInterrupt(handler?: (signal: NodeJS.Signals) => void): Interrupt {
  let requested = false;
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    if (requested) process.exit(EXIT_CODE[signal]);
    requested = true;
    handler?.(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const dispose = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  return {
    get requested() {
      return requested;
    },
    async poll() {
      await new Promise((resolve) => setImmediate(resolve));
      return requested;
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}
