// Tells the failures of a database apart: a passing outage, an operator's mistake, or a conflict between transactions. Only
// this file knows SQLSTATEs and the codes of network and TLS.

import { OperatorError, ServiceUnavailableError } from '../common/errors.js';

/** The database cannot be reached, or did not answer in time. */
export class DatabaseUnavailable extends ServiceUnavailableError {
  override readonly name: string = 'DatabaseUnavailable';

  constructor(cause?: unknown) {
    super('The database cannot be reached.', { cause });
  }
}

const whyNotPrimary = {
  standby:
    'The server is a standby, which takes no writes. DATABASE_URL must lead to the primary; it may name several hosts.',
  readOnly: 'The database is read-only.',
  leftBehind: 'A failover has left the server behind: another one has become the primary.',
} as const;

/** No server that answers is a primary that takes writes. */
export class NotPrimary extends DatabaseUnavailable {
  override readonly name: string = 'NotPrimary';
  readonly code = '25006';

  constructor(why: keyof typeof whyNotPrimary) {
    super();
    this.message = whyNotPrimary[why];
  }
}

const networkCodes = new Set([
  'EADDRNOTAVAIL',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'ENETDOWN',
  'ENETRESET',
  'ENOTCONN',
  'ERR_SOCKET_CLOSED',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
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

/** SQLSTATEs of an operator's mistake: a retry does not help, and no request can be served either. */
const refusedStates = /^(?:28|3D)/;

/** Node's codes for a TLS connection that cannot be made, most of them OpenSSL's for a certificate that it does not trust. */
const tlsCodes =
  /^(?:ERR_(?:TLS|SSL)|CERT|CRL|UNABLE_TO|ERROR_IN)_|^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/;

/** PGlite's message once it has been told to close; it has no code for that. */
const embeddedClosed = /^PGlite is clos(?:ed|ing)$/;

/** Tells whether the error, or one that caused it, says that the database cannot serve right now, or no more. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true;
  return causes(error).some((one) => {
    const code = codeOf(one) ?? '';
    return (
      networkCodes.has(code) || serverStates.test(code) || isRefusal(code) || embeddedClosed.test(one.message)
    );
  });
}

/**
 * Tells whether a server is there but no connection to it can be had: a wrong name or password, no such database, or a
 * certificate that is not trusted.
 */
export function isRefused(error: unknown): boolean {
  return causes(error).some((one) => isRefusal(codeOf(one) ?? ''));
}

function isRefusal(code: string): boolean {
  return refusedStates.test(code) || tlsCodes.test(code);
}

/** Tells whether a pooler refused a setting in the first packet, as PgBouncer does with those that it does not know. */
export function isParameterRefusal(error: unknown): boolean {
  const cause = causeWithCode(error);
  return cause?.code === '08P01' && cause.message.includes('startup parameter');
}

/** Tells whether the server undid the whole transaction for a reason that passes, so that it may be run again. */
export function isPassing(error: unknown): boolean {
  return /^40(?:001|P01)$/.test(errorCode(error) ?? '') || isStalePlan(error);
}

/** Tells whether a prepared statement is gone, or no longer fits the tables: on another connection it is prepared again. */
export function isStalePlan(error: unknown): boolean {
  const cause = causeWithCode(error);
  return (
    cause?.code === '26000' ||
    (cause?.code === '0A000' && cause.message.includes('cached plan must not change result type'))
  );
}

/** Tells whether the role may not do what it tried. */
export function isRightMissing(error: unknown): boolean {
  return errorCode(error) === '42501';
}

/** Tells whether a row that was written would have broken the constraint; the drivers differ in how they name it. */
export function violates(error: unknown, constraint: string): boolean {
  return causes(error).some(
    (one) =>
      codeOf(one) === '23505' &&
      (('constraint_name' in one && one.constraint_name === constraint) ||
        ('constraint' in one && one.constraint === constraint)),
  );
}

/** Finds the first error with a code, of the error and those that caused it; null where none has one. */
function causeWithCode(error: unknown): { readonly code: string; readonly message: string } | null {
  for (const one of causes(error)) {
    const code = codeOf(one);
    if (code !== null) return { code, message: one.message };
  }
  return null;
}

/** Returns the driver's or the server's code of an error or of its cause, such as an SQLSTATE; null when there is none. */
export function errorCode(error: unknown): string | null {
  return causeWithCode(error)?.code ?? null;
}

function codeOf(error: Error): string | null {
  return 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** Lists the error and those that caused it; of several at once, as of a host with several IPs, the first. */
function causes(error: unknown): readonly Error[] {
  const found: Error[] = [];
  let current = error;
  while (current instanceof Error && found.length < 8) {
    found.push(current);
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return found;
}

/** The remedies by SQLSTATE (PostgreSQL, appendix A); the first that matches counts. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/^28/, 'Check the user and the password in DATABASE_URL, and pg_hba.conf on the server.'],
  [/^3D000$/, 'Create the database, or correct its name in DATABASE_URL.'],
  [
    /^42501$/,
    'Grant the role what it lacks. A role that owns the schema hufu makes the tables with `npm run migrate`; ' +
      'docs/operations.md has the GRANT statements for the role that the nodes use.',
  ],
  [/^42704$/, 'PostgreSQL 14 or newer is needed. Remove what the server does not know from DATABASE_URL.'],
  [
    /^42(?:P07|P06|701|710)$/,
    'The schema hufu holds something that its record of migrations does not know of. Restore hufu.migrations from a ' +
      'backup, or remove the schema if nothing in it is needed.',
  ],
  [/^[0-9A-Z]{5}$/, 'See the log of the server for more, and correct what it names.'],
];

const tlsRemedy =
  'Check sslmode, and the certificate that the server shows; sslrootcert names the authority that signed it.';

/** Makes the error of a command whose database cannot be reached. */
export function explainUnreachable(error: DatabaseUnavailable, description: string): OperatorError {
  const { code, message } = causeWithCode(error) ?? { code: 'no answer', message: error.message };
  const firstLine = (message.split('\n', 1)[0] ?? '').replace(/\.$/, '');
  return new OperatorError(
    'DATABASE_URL',
    `${description} cannot be reached (${code}): ${firstLine}. Check host and port, and that the server runs.`,
    error,
  );
}

/** The version that the statements need, as `server_version_num` has it. */
const oldestVersion = 140_000;

/**
 * Explains an operator's mistake.
 *
 * @param description of the database, without credentials
 * @returns null where the error is none of the server's or of the connection's
 */
export function explainRefusal(error: unknown, description: string): OperatorError | null {
  const cause = causeWithCode(error);
  if (cause === null) return null;
  const { code, message } = cause;
  const remedy = remedies.find(([codes]) => codes.test(code))?.[1] ?? (isRefused(error) ? tlsRemedy : null);
  if (remedy === null) return null;
  const firstLine = (message.split('\n', 1)[0] ?? '').replace(/\.$/, '');
  const named = /^[0-9A-Z]{5}$/.test(code) ? `SQLSTATE ${code}` : code;
  return new OperatorError(
    'DATABASE_URL',
    `${description} refuses (${named}): ${firstLine}. ${remedy}`,
    error,
  );
}

/** @throws {@link OperatorError} for a server that is too old, or a database that cannot hold every character */
export function checkServer(
  { version, encoding }: { readonly version: number; readonly encoding: string },
  description: string,
): void {
  if (version < oldestVersion) {
    const major = String(Math.floor(version / 10_000));
    throw new OperatorError(
      'DATABASE_URL',
      `${description} runs version ${major}. PostgreSQL 14 or newer is needed.`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new OperatorError(
      'DATABASE_URL',
      `${description} has the encoding ${encoding}, which cannot hold every character. ` +
        `Create one with: create database NAME encoding 'UTF8' template template0.`,
    );
  }
}

/** Makes the error that names the tables whose rows the role may not read and write. */
export function lackOfRights(description: string, tables: readonly string[]): OperatorError {
  return new OperatorError(
    'DATABASE_URL',
    `${description} does not let the role read and write the rows of ${tables.join(', ')} (SQLSTATE 42501). ` +
      'Grant it SELECT, INSERT, UPDATE and DELETE; docs/operations.md has the statements.',
  );
}
