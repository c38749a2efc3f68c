// What is known of an attempt to hand a mail on that failed.

import { MailRefused } from './message.js';

/**
 * What may be logged of a failed attempt: the codes only. A server's text may repeat an address, and an error of a
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
