// Opens this checkout or another one. Each fills a database of its own with its own `seed.ts`, since their tables may differ.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { checkout, startHufu } from './hufu.js';
import { type BenchPostgres } from './postgres.js';
import { type MeasuredServer } from './processes.js';
import type * as ownSeed from './seed.js';

export interface Checkout {
  /** The URL of its database. */
  readonly url: string;
  /** Starts a node on the database. The first node creates the tables. */
  start(env?: Readonly<Record<string, string>>): Promise<MeasuredServer>;
  /** Adds users with a session each, and gives their tokens. */
  addSessions(count: number): Promise<readonly string[]>;
  /** Adds users with a session each, who can log in. */
  addPeople(count: number): Promise<readonly ownSeed.Person[]>;
}

/**
 * @param database a name that no other database has
 * @param folder the folder of a built checkout; null for this one
 */
export async function openCheckout(
  postgres: BenchPostgres,
  database: string,
  folder: string | null,
): Promise<Checkout> {
  const from = folder ?? checkout;
  const seedFile = pathToFileURL(join(from, 'bench/harness/seed.ts')).href;
  const { seed, seedPeople } = (await import(seedFile)) as typeof ownSeed;
  const url = await postgres.createDatabase(database);
  return {
    url,
    start: (env = {}) => startHufu({ database: { DATABASE_URL: url }, env, from }),
    addSessions: (count) => seed(url, count, count),
    addPeople: (count) => seedPeople(url, count),
  };
}
