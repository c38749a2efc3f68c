// The session of a connection to PostgreSQL, behind a pooler or not: its settings, the order of its statements, and its
// transactions.

import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';

import { type PoolMode } from '../../config/database.js';
import { DatabaseUnavailable } from '../errors.js';
import * as schema from '../schema/index.js';
import { type Driver } from './driver.js';
import {
  beginStatement,
  firstStatement,
  preparedNames,
  type ServerState,
  setStatements,
} from './sessionSettings.js';

export interface Pooler {
  /** Whether it carries prepared statements from session to session, as PgBouncer does from 1.21 on. */
  readonly keepsPrepared: boolean;
}

export interface Session {
  readonly db: PostgresJsDatabase<typeof schema>;
  /**
   * Connects, and has the settings hold whatever is between this process and the server.
   *
   * @returns the pooler between, where each transaction may run in another session of the server; null without one
   */
  open(): Promise<{ readonly state: ServerState; readonly pooler: Pooler | null }>;
}

export interface SessionOptions {
  readonly poolMode: PoolMode;
  /** Whether a pooler has refused the settings in the first packet. */
  readonly refusesParameters: boolean;
  /** The longest that one statement may take on the server, in milliseconds. */
  readonly statementTimeoutMs: number;
}

/** A statement of the driver; it is sent when it is executed or awaited. */
type Statement = postgres.PendingQuery<(postgres.Row & Iterable<postgres.Row>)[]>;

export function createSession(
  { sql, lost, isReplicated }: Driver,
  { poolMode, refusesParameters, statementTimeoutMs }: SessionOptions,
): Session {
  const unsafeOfDriver = sql.unsafe.bind(sql);
  /** The statements that begin a transaction behind a pooler; null where the settings of a session last. */
  let beginText: string | null = null;
  let isInTransaction = false;
  let prepare = false;
  /** Until BEGIN has been answered: the statements that write wait for it, and every statement behind them. */
  let beginning: Promise<void> | null = null;
  let isHeld = false;

  // Every statement is prepared: one that is not would be planned each time. Their texts are few: none depends on the number
  // of its values (see inUuids). A statement is sent when it is called, so that the order of the calls is the order on the
  // wire. With values as arguments the driver (postgres.js 3.4) asks for their types first, in a round trip of its own, where
  // a connection does not know the text; as `parameters` it sends them as the texts that they are.
  const unsafe = (text: string, values: readonly unknown[] = []): Statement => {
    if (lost()) throw new DatabaseUnavailable();
    if (values.includes(undefined)) throw new TypeError('A value of a statement is undefined.');
    const parameters = [...values] as Parameters<typeof unsafeOfDriver>[1];
    const statement = Object.assign(unsafeOfDriver(text, parameters, { prepare }), { args: [], parameters });
    if (beginText !== null && !isInTransaction)
      return answeredBy(alone(unsafeOfDriver(beginText), statement, unsafeOfDriver('commit')), statement);
    if (beginning !== null) isHeld ||= !/^\s*select\b/i.test(text);
    if (beginning === null || !isHeld) return statement.execute();
    return answeredBy(
      beginning.then(() => statement.execute()),
      statement,
    );
  };

  // Instead of the driver's own, which writes to a connection that has just ended and so ends the process. BEGIN is not
  // waited for by reads. Writes wait for it: if it failed, they would be done outside of a transaction.
  const begin = async <T>(work: (client: postgres.Sql) => Promise<T>): Promise<T> => {
    isInTransaction = true;
    isHeld = false;
    let isOver = false;
    const own = Object.assign(Object.create(guarded) as postgres.Sql, {
      unsafe: (text: string, values?: readonly unknown[]) => {
        if (isOver) throw new Error('The transaction of this statement has ended.');
        return unsafe(text, values);
      },
    });
    const begun = unsafe(beginText ?? 'begin').then(() => {
      beginning = null;
    });
    begun.catch(() => undefined);
    beginning = begun;
    try {
      const result = await work(own);
      isOver = true;
      await begun;
      const { command } = await unsafe('commit');
      if (command !== 'COMMIT') throw new Error('The transaction was rolled back.');
      if (!isReplicated()) throw new DatabaseUnavailable();
      return result;
    } catch (error) {
      isOver = true;
      // The statements that were held until BEGIN was answered are sent by then: the rollback comes behind them.
      await begun.catch(() => undefined);
      beginning = null;
      if (!lost()) await unsafe('rollback');
      throw error;
    } finally {
      isInTransaction = false;
    }
  };
  const guarded: postgres.Sql = Object.assign(sql, { unsafe: unsafe as typeof unsafeOfDriver, begin });

  /** Sets the settings that a pooler kept from the server: now where the session lasts, else with each transaction. */
  const setAll = async (version: number | null) => {
    if (poolMode === 'session') await unsafeOfDriver(setStatements(statementTimeoutMs, version));
    else beginText = beginStatement(statementTimeoutMs, version);
  };

  /** Tells whether the next transaction still knows a prepared statement: a pooler that sees to it gives it another name. */
  const keepsPrepared = () =>
    begin(async () => {
      const names = await unsafeOfDriver<{ name: string }[]>(preparedNames, [preparedNames], {
        prepare: true,
      });
      const { name } = names.statement;
      if (!names.some((row) => row.name === name)) return true;
      await unsafeOfDriver(`deallocate "${name}"`);
      return false;
    });

  return {
    db: drizzle(guarded, { schema }),
    async open() {
      if (refusesParameters) await setAll(null);
      const ask = () => unsafeOfDriver<ServerState[]>(firstStatement, [], { prepare: false });
      const answer = await (beginText === null ? ask() : begin(ask));
      const [state] = answer;
      if (state === undefined) throw new DatabaseUnavailable();
      // The number of the process that a client is told as it connects is the pooler's own where one is between.
      const isPooled = refusesParameters || answer.state.pid !== state.pid;
      if (isPooled) await setAll(state.version);
      prepare = beginText === null || (await keepsPrepared());
      return { state, pooler: beginText === null ? null : { keepsPrepared: prepare } };
    },
  };
}

/** Sends a statement in a transaction of its own, all in one flight. */
async function alone(begin: Statement, statement: Statement, commit: Statement): Promise<unknown> {
  const [, answer] = await Promise.all([begin, statement, commit]);
  return answer;
}

/** Puts another promise of its answer in the place of a statement, in the shape that Drizzle uses. */
function answeredBy(answer: Promise<unknown>, statement: Statement): Statement {
  const values = () => {
    void statement.values();
    return answer;
  };
  return Object.assign(answer, { values }) as unknown as Statement;
}
