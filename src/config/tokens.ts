// Settings of tokens: the secrets that sign them and seal the secrets in the database, the issuer and the audience.

import { z } from 'zod';

import { OperatorError } from '../common/errors.js';
import { isWeakSecret } from './localSecret.js';
import { text } from './values.js';

const minSecretBytes = 32;

const allowedSecret = `a text of at least ${String(minSecretBytes)} bytes, such as \`openssl rand -base64 48\` makes`;

const secret = z
  .string()
  .refine((value) => Buffer.byteLength(value) >= minSecretBytes && value.isWellFormed())
  .optional()
  .meta({ allowed: allowedSecret });

export const tokenSettings = {
  JWT_SECRET: secret,
  JWT_SECRET_PREVIOUS: secret,
  DATA_KEY: secret,
  DATA_KEY_PREVIOUS: secret,
  JWT_ISSUER: text('hufu'),
  JWT_AUDIENCE: text('hufu'),
};

type Read = Readonly<z.output<z.ZodObject<typeof tokenSettings>>>;

export function tokenConfig(read: Read) {
  return {
    tokens: {
      /** Null for the embedded database in development: the node makes one and keeps it in the data folder. */
      secret: read.JWT_SECRET ?? null,
      previousSecret: read.JWT_SECRET_PREVIOUS ?? null,
      /**
       * Null for the embedded database in development, as above. Null elsewhere: features whose secrets have to be sealed, such
       * as authenticator apps, are unavailable.
       */
      dataKey: read.DATA_KEY ?? null,
      previousDataKey: read.DATA_KEY_PREVIOUS ?? null,
      issuer: read.JWT_ISSUER,
      audience: read.JWT_AUDIENCE,
    },
  } as const;
}

/**
 * Finds the mistakes of the secrets together.
 *
 * @param isServer whether the database is a server, which several nodes may share
 */
export function tokenMistakes(read: Read, production: boolean, isServer: boolean): readonly OperatorError[] {
  const mistakes: OperatorError[] = [];
  const refuse = (name: keyof Read, remedy: string) => {
    mistakes.push(new OperatorError(name, remedy));
  };
  if (read.JWT_SECRET === undefined && (production || isServer)) {
    const where = production ? 'in production' : 'with DATABASE_URL, so that all nodes have the same one';
    refuse('JWT_SECRET', `it is required ${where}. It must be ${allowedSecret}.`);
  }
  if (!production) return mistakes;
  for (const name of ['JWT_SECRET', 'JWT_SECRET_PREVIOUS', 'DATA_KEY', 'DATA_KEY_PREVIOUS'] as const) {
    if (read[name] !== undefined && isWeakSecret(read[name]))
      refuse(
        name,
        'it is too easy to guess for production. It must be random, such as `openssl rand -base64 48` makes.',
      );
  }
  for (const name of ['JWT_SECRET', 'DATA_KEY'] as const) {
    if (read[name] !== undefined && read[name] === read[`${name}_PREVIOUS`])
      refuse(
        `${name}_PREVIOUS`,
        `it must be another secret than ${name}, or not be set: with the same one nothing changes.`,
      );
  }
  if (read.DATA_KEY_PREVIOUS !== undefined && read.DATA_KEY === undefined)
    refuse('DATA_KEY', 'it is required with DATA_KEY_PREVIOUS.');
  return mistakes;
}
