// The two errors that a process expects: an operator can correct the one, and time the other.

/** An operator's mistake, with the setting that it is about and what to do. Printed without a stack. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
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
}

/** Something that a request needs does not answer; the client may try again. */
export class ServiceUnavailableError extends Error {
  override readonly name: string = 'ServiceUnavailableError';
}
