/** What every error of Anacrusis carries beside its message. Codes are stable. */
export interface ErrorDetails {
  /** Stable code, for instance `ERR_SHAPE`. */
  code: string;
  /** The op or function that refused. */
  op: string;
  /** The argument at fault; empty when there is none. */
  parameter: string;
  /** What was expected of it. */
  expected: string;
  /** What came. */
  received: string;
}

function message({ op, parameter, expected, received }: ErrorDetails): string {
  const subject = parameter === '' ? op : `${op}: ${parameter}`;
  return `${subject}: expected ${expected}, received ${received}`;
}

/** An argument of the wrong type, dtype, length, shape or range; outputs are untouched. */
export class ArgumentError extends TypeError implements ErrorDetails {
  override readonly name: string = 'ArgumentError';
  readonly code: string;
  readonly op: string;
  readonly parameter: string;
  readonly expected: string;
  readonly received: string;

  constructor(details: ErrorDetails) {
    super(message(details));
    this.code = details.code;
    this.op = details.op;
    this.parameter = details.parameter;
    this.expected = details.expected;
    this.received = details.received;
  }
}

/** Non-finite data where finite data was required (checked mode). */
export class ValueError extends ArgumentError {
  override readonly name = 'ValueError';
}

/** A tensor or buffer that was used after it had been disposed of. */
export class DisposedError extends ArgumentError {
  override readonly name = 'DisposedError';
}

/** The device is missing, lost or cannot do what was asked. */
export class DeviceError extends Error {
  override readonly name: string = 'DeviceError';
  readonly code: string;

  constructor(code: string, text: string, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}

/** Bytes of a device when its memory ran out. */
export interface MemoryShortage {
  /** Of the allocation that failed. */
  wanted: number;
  free: number;
  total: number;
}

/**
 * Device or host memory ran out; nothing of the call remains allocated, and a smaller call works.
 * The byte counts are 0 when it was the host's memory.
 */
export class OutOfMemoryError extends DeviceError implements MemoryShortage {
  override readonly name = 'OutOfMemoryError';
  readonly wanted: number;
  readonly free: number;
  readonly total: number;

  constructor(code: string, text: string, options: Partial<MemoryShortage> & ErrorOptions = {}) {
    super(code, text, options);
    const { wanted = 0, free = 0, total = 0 } = options;
    this.wanted = wanted;
    this.free = free;
    this.total = total;
  }
}

/** Called by the binaries: turns a native refusal into its class. */
export function makeError(
  code: string,
  op: string,
  parameter: string,
  expected: string,
  received: string,
  wanted = 0,
  free = 0,
  total = 0,
): Error {
  const details = { code, op, parameter, expected, received };
  if (code === 'ERR_MEMORY') {
    return new OutOfMemoryError(code, message(details), { wanted, free, total });
  }
  if (code.startsWith('ERR_DEVICE')) return new DeviceError(code, message(details));
  if (code === 'ERR_DISPOSED') return new DisposedError(details);
  return new ArgumentError(details);
}
