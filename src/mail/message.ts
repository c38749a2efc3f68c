// A mail as plain values, and the transport that takes it: an SMTP server, or a file in development.

import { ServiceUnavailableError } from '../common/errors.js';

export interface Message {
  /** Exactly one email. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Transport {
  /**
   * Hands a mail on; when it resolves, the receiver is responsible for it.
   *
   * @param id the mail's own, the same at every attempt, so that a mail that arrives twice can be recognized
   * @param signal gives up a mail that is on its way
   * @throws {@link MailRefused} when no later attempt can succeed; any other error when one may
   */
  send(id: string, message: Message, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** The server refused this mail for good: its recipient does not exist, or its content is not accepted. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';

  constructor(cause: unknown) {
    super('The mail was refused for good.', { cause });
  }
}

/** No way to send mail exists: in production, without SMTP_URL. */
export class MailUnavailable extends ServiceUnavailableError {
  override readonly name = 'MailUnavailable';

  constructor() {
    super('No mail can be sent: SMTP_URL is not set.');
  }
}

/**
 * Returns the parts of an error that may be logged: the codes only. A server's text may repeat an email, and an error of a
 * connection may name the user.
 */
export function smtpFault(error: unknown): Readonly<Record<string, string | number>> {
  const cause = error instanceof MailRefused ? error.cause : error;
  if (!(cause instanceof Error)) return {};
  const { code, responseCode, command } = cause as Error & Readonly<Record<string, unknown>>;
  return {
    error: cause.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof responseCode === 'number' ? { responseCode } : {}),
    ...(typeof command === 'string' ? { command } : {}),
  };
}
