// Settings of the database: the embedded one in a folder, or a server, perhaps behind a pooler.

import { z } from 'zod';

import { OperatorError } from '../common/errors.js';
import { type DatabaseTarget, readDatabaseUrl, readDirectUrl } from './databaseUrl.js';
import { oneOf, text, wholeNumber } from './values.js';

const url = z
  .string()
  .optional()
  .meta({ allowed: 'a URL such as postgres://user:password@host:5432/database' });

export const databaseSettings = {
  DATABASE_URL: url,
  DATABASE_DIRECT_URL: url,
  DATABASE_POOL_MODE: oneOf(['transaction', 'session'], 'transaction'),
  DATABASE_POOL_SIZE: wholeNumber(1, 1_000, 10),
  DATA_DIR: text('.data'),
};

type Read = Readonly<z.output<z.ZodObject<typeof databaseSettings>>>;

/** How a pooler shares the sessions of a server: for each transaction, or for each connection to it. */
export type PoolMode = Read['DATABASE_POOL_MODE'];

export function databaseConfig(read: Read) {
  return {
    database: {
      /** Null for the embedded database. */
      url: read.DATABASE_URL ?? null,
      /** The target of a team's own client, in place of the URL. */
      client: null as DatabaseTarget | null,
      /** Leads past a pooler to the same database; null where DATABASE_URL does. */
      directUrl: read.DATABASE_DIRECT_URL ?? null,
      /** The mode of a pooler, where there is one. */
      poolMode: read.DATABASE_POOL_MODE,
      /** The most connections held to a server for operations. */
      poolSize: read.DATABASE_POOL_SIZE,
      /** The folder of the embedded database. */
      dataDir: read.DATA_DIR,
    },
  } as const;
}

/** Finds the mistakes in the URLs. They are read again when the database is opened: here a mistake stops the start at once. */
export function databaseMistakes(read: Read): readonly OperatorError[] {
  const mistakes = [
    ...mistakeIn(read.DATABASE_URL, readDatabaseUrl),
    ...mistakeIn(read.DATABASE_DIRECT_URL, readDirectUrl),
  ];
  if (read.DATABASE_DIRECT_URL !== undefined && read.DATABASE_URL === undefined)
    mistakes.push(new OperatorError('DATABASE_URL', 'it is required with DATABASE_DIRECT_URL.'));
  return mistakes;
}

function mistakeIn(given: string | undefined, readUrl: (url: string) => unknown): readonly OperatorError[] {
  try {
    if (given !== undefined) readUrl(given);
    return [];
  } catch (error) {
    if (error instanceof OperatorError) return [error];
    throw error;
  }
}
