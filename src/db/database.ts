// The database as the floors above see it: bounded reads and transactions over one Drizzle schema, whichever driver is behind
// it. Work that does not end in time becomes DatabaseUnavailable.

import { type ExtractTablesWithRelations, type Placeholder, sql } from 'drizzle-orm';
import {
  PgDatabase,
  PgDialect,
  type PgQueryResultHKT,
  type PgSession,
  type PgTransaction,
} from 'drizzle-orm/pg-core';

import { type DatabaseClock } from './clock.js';
import type * as schema from './schema/index.js';

type Schema = typeof schema;

/** A handle outside a transaction. */
export type Db = PgDatabase<PgQueryResultHKT, Schema>;

/** A transaction as Drizzle has it. */
export type Transaction = PgTransaction<PgQueryResultHKT, Schema, ExtractTablesWithRelations<Schema>>;

/** A handle inside one: the only one that may be used there, since the embedded database has one connection. */
export type Tx = Transaction & {
  /**
   * Sends a statement without waiting for its answer, behind what was sent before. Where it fails, the transaction is
   * rolled back and {@link Database.transact} throws its error.
   */
  send(statement: PromiseLike<unknown>): void;
};

/** A query that Drizzle's `.prepare(name)` has made. */
export interface PreparedQuery<R> {
  execute(values: Record<string, unknown>): Promise<R>;
}

/** The listener of a channel. */
export interface ChannelListener {
  /** A text was sent on the channel, by whichever node. */
  heard(text: string): void;
  /** The channel is heard from now on, for the first time or again: texts that were sent before may have been missed. */
  listening(): void;
}

export interface ConnectionCounts {
  readonly open: number;
  readonly idle: number;
  /** Pieces of work that wait for a connection. */
  readonly waiting: number;
}

export interface PoolCounts {
  readonly work: ConnectionCounts;
  readonly lookups: ConnectionCounts;
}

export type Readiness = boolean | 'READ_ONLY' | 'TABLES_MISSING' | 'RIGHTS_MISSING';

export interface MigrateOptions {
  /** Ends the migration, also where it waits for another node. */
  readonly signal?: AbortSignal;
  /** Called once, with a sentence for the operator, when the migration waits long for another process. */
  readonly onWaiting?: (what: string) => void;
  /** Called with the number of migrations that only a newer version knows. */
  readonly onNewer?: (migrations: number) => void;
}

export interface Database {
  /** The database's name in log lines; holds no credentials. */
  readonly description: string;

  /** The database's time, which all nodes order and expire by. It is set when {@link Database.migrate} has succeeded. */
  readonly clock: DatabaseClock;

  /**
   * Brings the tables up to date; nothing else answers before it has succeeded once. Safe when several nodes
   * start at once.
   *
   * @throws {@link DatabaseUnavailable} when the database cannot be reached; it may be called again. OperatorError when
   *   waiting does not help
   */
  migrate(options?: MigrateOptions): Promise<void>;

  /**
   * True when {@link Database.migrate} has succeeded, the database answers and takes writes, and no table, no
   * migration and no right is missing. Else the cause, or false where it is only known that the database does not answer.
   */
  ready(): Promise<Readiness>;

  /**
   * Prepares a hot query once, on connections of its own, so that it never queues behind logins. The returned function runs
   * the query, as often as wanted, and throws {@link DatabaseUnavailable} as {@link Database.read} does.
   */
  prepare<R>(build: (db: Db) => PreparedQuery<R>): (values: Record<string, unknown>) => Promise<R>;

  /**
   * Runs look-ups outside a transaction.
   *
   * @throws {@link DatabaseUnavailable} when they cannot be answered within a few seconds
   */
  read<T>(work: (db: Db) => Promise<T>): Promise<T>;

  /**
   * Runs work in one READ COMMITTED transaction: all of it is committed when the promise resolves, none of it when `work`
   * throws or a statement fails. After a deadlock or a serialization failure `work` runs a second time.
   *
   * Statements reach the server in the order in which they are called, and only `await` waits for an answer. So an act
   * over a far network takes two round trips: BEGIN, the lock and the reads behind it are on their way together
   * (`await Promise.all([lockUser(tx, id), …])`, where each read sees what the lock has waited for), and so are the writes
   * (`tx.send(…)`) and the COMMIT, which PostgreSQL turns into a rollback where one of them failed.
   *
   * @throws {@link DatabaseUnavailable} when it cannot be done within a few seconds; whether a commit that was
   *   already on its way took place is then unknown
   */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>;

  /**
   * Sends a text to every node that listens on the channel, this one included. It is a statement of its own, never part of
   * a transaction: PostgreSQL commits the transactions that notify one after another.
   *
   * @param text at most 7,999 bytes of UTF-8, without NUL
   * @throws {@link DatabaseUnavailable} as {@link Database.read} does
   */
  notify(channel: string, text: string): Promise<void>;

  /**
   * Calls the listener with every text on a channel, until the database is closed. Never throws: a connection that is lost or
   * has gone silent is made again as often as it takes.
   *
   * @param channel a plain identifier: lower-case letters and underscores
   */
  listen(channel: string, listener: ChannelListener): void;

  /**
   * Returns the same database for one request, whose time begins now: everything that is read and transacted through it ends
   * within `totalMs` milliseconds, however many steps that takes. Past it, nothing more is begun or committed. At most
   * two of its steps run at once: a document with many fields must not take every connection.
   *
   * @param requester the client, such as a network: requesters wait for a connection in turn
   */
  within(totalMs: number, requester?: string): Database;

  /** Returns the same database for background tasks: one that takes too long does not count as an outage. */
  forTasks(): Database;

  /** Counts the connections to the server at this moment; null for the embedded database. */
  connections(): PoolCounts | null;

  /** Lets running work finish, then ends every connection. */
  close(): Promise<void>;
}

/**
 * Runs `act` in a transaction, and waits for the statements that it has sent.
 *
 * @param isPipelined whether the COMMIT may be sent before those statements are answered; a driver that would not send it
 *   as it is must not
 * @throws the error of `act`, or that of the first statement that failed: it made all later ones fail
 */
export async function runTransaction<T>(
  db: Pick<Db, 'transaction'>,
  act: (tx: Tx) => Promise<T>,
  isPipelined: boolean,
): Promise<T> {
  const sent: Promise<unknown>[] = [];
  const send = (statement: PromiseLike<unknown>) => {
    // Calls `then` at once, which sends a statement: the order of the calls is the order on the wire.
    const answer = new Promise((resolve, reject) => {
      statement.then(resolve, reject);
    });
    answer.catch(() => undefined);
    sent.push(answer);
  };
  try {
    return await db.transaction(async (tx) => {
      const result = await act(Object.assign(tx, { send }));
      if (!isPipelined) await Promise.all(sent);
      return result;
    });
  } catch (error) {
    const answers = await Promise.allSettled(sent);
    throw answers.find((answer) => answer.status === 'rejected')?.reason ?? error;
  }
}

/** The placeholders of a statement's values, by their names. */
export type Placeholders<Name extends string> = Readonly<Record<Name, Placeholder>>;

/**
 * Makes a function that sends a statement when it is called, on any connection, in a transaction or outside of one. The statement
 * is built at its first use. It is for statements that each login sends: to have Drizzle build them for each use took a fifth of
 * the main thread's time for a login, more than sending them.
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

/** The parameters with which Drizzle hands a statement to a session of the driver. */
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
