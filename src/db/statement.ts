// Statements that Drizzle builds once, for those that each login sends: building them for each use took a fifth of what a
// login costs the main thread, more than sending them.

import { type Placeholder, sql } from 'drizzle-orm';
import { PgDatabase, PgDialect, type PgSession } from 'drizzle-orm/pg-core';

import { type Db, type PreparedQuery, type Tx } from './database.js';

/** The placeholders of a statement's values, by their names. */
export type Placeholders<Name extends string> = Readonly<Record<Name, Placeholder>>;

/**
 * Builds a statement at its first use, for whichever connection, and gives what sends it, in a transaction or outside of one.
 * It is sent when it is called.
 *
 * @param names of its values. Null is a value only of columns that need no mapping, such as texts and uuids
 */
export function builtOnce<Name extends string, R>(
  names: readonly Name[],
  build: (db: Db, placeholders: Placeholders<Name>) => { prepare(name: string): PreparedQuery<R> },
): (db: Db | Tx, values: Readonly<Record<Name, unknown>>) => Promise<R> {
  let built: Built | null = null;
  return (db, values) => {
    built ??= recorded((recorder) => {
      const placeholders = names.map((name): [string, Placeholder] => [name, sql.placeholder(name)]);
      build(recorder, Object.fromEntries(placeholders) as Placeholders<Name>).prepare('');
    });
    const query: PreparedQuery<unknown> = db._.session.prepareQuery(...built);
    return query.execute(values) as Promise<R>;
  };
}

/** What Drizzle hands to a session of the driver. */
type Built = Parameters<PgSession['prepareQuery']>;

/** Has Drizzle build a statement for a session that only notes it. */
function recorded(build: (recorder: Db) => void): Built {
  let built: Built | undefined;
  const session = {
    prepareQuery(...given: Built) {
      // The name would be that of a prepared statement; each connection gives its own.
      built = given.with(2, undefined) as Built;
      return { setToken: () => undefined };
    },
  };
  build(new PgDatabase(new PgDialect(), session as unknown as PgSession, undefined) as unknown as Db);
  if (built === undefined) throw new Error('Drizzle has not built the statement.');
  return built;
}
