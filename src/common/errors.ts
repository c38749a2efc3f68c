// The two errors that a process expects: an operator can correct the one, and time the other. Any other error is a bug.

/** An operator's mistake: a setting, and what to do about it. A process prints its message without a stack. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly setting: string;
  readonly remedy: string;

  /**
   * @param setting the name of the setting, such as `DATABASE_URL`
   * @param remedy what is wrong and what to do about it, in sentences; never a password
   */
  constructor(setting: string, remedy: string, cause?: unknown) {
    super(`${setting}: ${remedy}`, { cause });
    this.setting = setting;
    this.remedy = remedy;
  }

  /** Makes one error of several mistakes, with a line for each. */
  static of(mistakes: readonly [OperatorError, ...OperatorError[]]): OperatorError {
    const [{ setting, remedy }, ...more] = mistakes;
    return new OperatorError(setting, [remedy, ...more.map(({ message }) => message)].join('\n'));
  }
}

/** A part that a request needs does not answer or has no room; the client may try again. */
export class ServiceUnavailableError extends Error {
  override readonly name: string = 'ServiceUnavailableError';
}

/** A request has used up its own time, which says nothing of other requests. */
export class DeadlineExceeded extends ServiceUnavailableError {
  override readonly name = 'DeadlineExceeded';

  constructor(cause: unknown) {
    super("The request's time for the database is used up.", { cause });
  }
}

/** Returns the text that a process prints of the error that ends it: the words for an operator, or the stack of a bug. */
export function failureText(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  return String(error instanceof Error ? error.stack : error);
}

/** Returns the code that Node gives an error of the system or the network, such as `EACCES`; null where there is none. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null;
}
