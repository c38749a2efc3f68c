// The one error that means "ask again later": the database did not answer, whatever the reason.

import { ServiceUnavailableError } from '../common/errors.js';

/** The database cannot be reached, or did not answer in time. */
export class DatabaseUnavailable extends ServiceUnavailableError {
  override readonly name: string = 'DatabaseUnavailable';

  constructor(cause?: unknown) {
    super('The database cannot be reached.', { cause });
  }
}

/** Every server that answers is a standby or read-only. */
export class NotPrimary extends DatabaseUnavailable {
  override readonly name: string = 'NotPrimary';
  readonly code = '25006';

  constructor(standby: boolean) {
    super();
    this.message = standby
      ? 'The server is a standby, which takes no writes. DATABASE_URL must lead to the primary; it may name several hosts.'
      : 'The database is read-only.';
  }
}

/** A request has used up its own time, which says nothing of what others would meet. */
export class DeadlineExceeded extends DatabaseUnavailable {
  override readonly name: string = 'TimeSpent';
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EPROTO',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // a Unix socket that is not there
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
]);

/**
 * SQLSTATEs (PostgreSQL, appendix A) of a server that is there but cannot serve: connection exceptions, out of
 * resources, shutting down or starting up, a statement or lock that took too long, a standby that cannot write,
 * a system error.
 */
const serverStates = /^(?:08|53|57P|58)|^(?:57014|55P03|25006|25P03)$/;

/** SQLSTATEs of an operator's mistake: no retry mends these, but a request cannot be served either. */
const refusedStates = /^(?:28|3D)/;

/** Node's codes of a TLS connection that cannot be made, most of them OpenSSL's for a certificate that is not believed. */
const tlsCodes =
  /^(?:ERR_(?:TLS|SSL)|CERT|CRL|UNABLE_TO|ERROR_IN)_|^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/;

/** Whether the error, or one that caused it, says that the database cannot serve right now. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true;
  return causes(error).some((one) => {
    const code = codeOf(one) ?? '';
    return networkCodes.has(code) || serverStates.test(code) || isRefusal(code);
  });
}

/**
 * Whether a server is there but no connection to it can be had: a wrong name or password, no such database, or a
 * certificate that is not believed.
 */
export function isRefused(error: unknown): boolean {
  return causes(error).some((one) => isRefusal(codeOf(one) ?? ''));
}

function isRefusal(code: string): boolean {
  return refusedStates.test(code) || tlsCodes.test(code);
}

/** Whether the server undid the whole transaction for a reason that passes, so that it may be run again. */
export function isPassing(error: unknown): boolean {
  return /^40(?:001|P01)$/.test(errorCode(error) ?? '') || isStalePlan(error);
}

/** Whether a prepared statement is gone, or no longer fits the tables: on another connection it is prepared again. */
export function isStalePlan(error: unknown): boolean {
  const cause = causeWithCode(error);
  return (
    cause?.code === '26000' ||
    (cause?.code === '0A000' && cause.message.includes('cached plan must not change result type'))
  );
}

/** Whether a row that was written would have broken the constraint; the drivers differ in how they name it. */
export function violates(error: unknown, constraint: string): boolean {
  return causes(error).some(
    (one) =>
      codeOf(one) === '23505' &&
      (('constraint_name' in one && one.constraint_name === constraint) ||
        ('constraint' in one && one.constraint === constraint)),
  );
}

/** The first error with a code, of the error and those that caused it. */
export function causeWithCode(error: unknown): { readonly code: string; readonly message: string } | null {
  for (const one of causes(error)) {
    const code = codeOf(one);
    if (code !== null) return { code, message: one.message };
  }
  return null;
}

/** The driver's or the server's code of an error, or of what caused it, such as an SQLSTATE; null when it bears none. */
export function errorCode(error: unknown): string | null {
  return causeWithCode(error)?.code ?? null;
}

function codeOf(error: Error): string | null {
  return 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** The error, and those that caused it; of several at once, as of a host with several addresses, the first. */
function causes(error: unknown): readonly Error[] {
  const found: Error[] = [];
  let current = error;
  while (current instanceof Error && found.length < 8) {
    found.push(current);
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return found;
}
