// The one error that means "ask again later": the database did not answer, whatever the reason.

/** The database cannot be reached, or did not answer in time. */
export class DatabaseUnavailable extends Error {
  override readonly name: string = 'DatabaseUnavailable';

  constructor(cause?: unknown) {
    super('The database cannot be reached.', { cause });
  }
}

/** A request has used up its own time, which says nothing of what others would meet. */
export class TimeSpent extends DatabaseUnavailable {
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

/** The driver's or the server's code of an error, or of what caused it, such as an SQLSTATE; null when it bears none. */
export function sqlState(error: unknown): string | null {
  return (
    causes(error)
      .map(codeOf)
      .find((code) => code !== null) ?? null
  );
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
