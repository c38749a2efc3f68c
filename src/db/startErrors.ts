// Puts a server's refusal into words that an operator can act on: setting, SQLSTATE, the server's own sentence, remedy.

import { OperatorError } from '../common/errors.js';
import { causeWithCode, isRefused } from './errors.js';

/** What to do, by SQLSTATE (PostgreSQL, appendix A); the first that matches. */
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

/** The version that the statements need, as `server_version_num` has it. */
const oldestVersion = 140_000;

/**
 * An operator's mistake in words.
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
  const said = (message.split('\n', 1)[0] ?? '').replace(/\.$/, '');
  const named = /^[0-9A-Z]{5}$/.test(code) ? `SQLSTATE ${code}` : code;
  return new OperatorError('DATABASE_URL', `${description} refuses (${named}): ${said}. ${remedy}`, error);
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
