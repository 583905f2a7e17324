/**
 * What went wrong with a tensor file or a checkpoint. Codes are stable.
 *
 * - `corrupt`: the bytes do not agree with the format, with themselves or with their hash
 * - `incomplete`: something that belongs to it is missing
 * - `version`: written by a newer format
 * - `tooLarge`: over a stated limit
 * - `invalid`: what was asked to be written cannot be written
 * - `path`: not a plain file or folder in its place (symbolic link, folder, device)
 * - `exists`: would overwrite what is there
 * - `locked`: another writer owns the run
 * - `notFound`, `access`, `noSpace`, `io`: what the file system answered
 */
export type CheckpointErrorCode =
  | 'corrupt'
  | 'incomplete'
  | 'version'
  | 'tooLarge'
  | 'invalid'
  | 'path'
  | 'exists'
  | 'locked'
  | 'notFound'
  | 'access'
  | 'noSpace'
  | 'io';

const SYSTEM_CODES: Record<string, CheckpointErrorCode> = {
  ENOENT: 'notFound',
  ENOTDIR: 'path',
  EEXIST: 'exists',
  EACCES: 'access',
  EPERM: 'access',
  EROFS: 'access',
  ENOSPC: 'noSpace',
  EDQUOT: 'noSpace',
  EFBIG: 'noSpace',
  ELOOP: 'path',
  EISDIR: 'path',
};

/** A tensor file or checkpoint that was refused, or that could not be written: which file, and why. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';

  constructor(
    readonly code: CheckpointErrorCode,
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${reason}`, options);
  }

  /** The same failure as a `CheckpointError`; one that is one already passes through unchanged. */
  static from(error: unknown, file: string): CheckpointError {
    if (error instanceof CheckpointError) return error;
    const { code, message } = error as NodeJS.ErrnoException;
    // Node's text ends in ", open '<path>'"; the file is named already.
    const reason = message?.replace(/, \w+( '.*)?$/s, '') ?? String(error);
    return new CheckpointError(SYSTEM_CODES[code ?? ''] ?? 'io', file, reason, { cause: error });
  }
}
