// One connection to a PostgreSQL server that takes writes, through postgres.js. Once it is lost it stays lost: the driver
// would connect again by itself and run the rest of a broken transaction outside of one.

import { type Socket } from 'node:net';

import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

import { type DatabaseServer, type DatabaseTarget } from '../../config/databaseUrl.js';
import { type PoolMode } from '../../config/database.js';
import { withTimeout } from '../deadline.js';
import { DatabaseUnavailable, isParameterRefusal, NotPrimary } from '../errors.js';
import * as schema from '../schema/index.js';
import {
  beginStatement,
  firstStatement,
  preparedNames,
  type ServerState,
  setStatements,
  startupParameters,
} from './sessionSettings.js';
import { openSocket } from './socket.js';

export interface PostgresConnection {
  readonly db: PostgresJsDatabase<typeof schema>;
  readonly server: ServerState;
  /** The pooler between, where each transaction may run in another session of the server; null without one. */
  readonly pooler: Pooler | null;
  /** Whether it has ended; every statement on it then throws {@link DatabaseUnavailable}. */
  lost(): boolean;
  /** Ends it at once; what runs on it fails, and what was not committed never will be. */
  drop(): void;
}

export interface Pooler {
  /** Whether it carries prepared statements from session to session, as PgBouncer does from 1.21 on. */
  readonly keepsPrepared: boolean;
}

/** The servers of a target, with a memory of which one took writes last. */
export interface Servers {
  readonly target: DatabaseTarget;
  /** Whether a pooler, where there is one, leaves a session of the server to a connection for longer than a transaction. */
  readonly poolMode: PoolMode;
  /** The one to try first stands first. */
  order: readonly DatabaseServer[];
  /** Those that take writes although a failover has left them behind; none of them is used. */
  leftBehind: ReadonlySet<DatabaseServer>;
  /** Whether a pooler has refused the settings in the first packet. */
  refusesParameters: boolean;
}

export interface PostgresConnectionOptions {
  readonly servers: Servers;
  /** The longest that one statement may take on the server, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** After which time without a statement it ends by itself, in seconds; null for never. */
  readonly idleSeconds: number | null;
  /** Ends it, also while it is being opened. */
  readonly signal?: AbortSignal;
  /** Called when it has ended, by whichever side. */
  readonly onLost?: () => void;
  /** Called with what is sent on the channels that it listens to. */
  readonly onNotify?: (channel: string, text: string) => void;
}

/** The driver's types leave out `socket` and what it takes from the environment. */
type PostgresOptions = postgres.Options<Record<string, postgres.PostgresType>>;

/** A statement of the driver; it is sent when it is executed or awaited. */
type Statement = postgres.PendingQuery<(postgres.Row & Iterable<postgres.Row>)[]>;

const connectTimeoutSeconds = 3;

/** The longest that a team's function may take to give the password, in milliseconds. */
const passwordTimeoutMs = 3_000;

export function serversOf(target: DatabaseTarget, poolMode: PoolMode = 'transaction'): Servers {
  return { target, poolMode, order: target.servers, leftBehind: new Set(), refusesParameters: false };
}

/**
 * Connects to the server that takes writes, the one that did last first. A standby, and a server that does not answer,
 * is left for the next one.
 *
 * @throws what kept the last of them from being used: {@link NotPrimary}, or an error of the network or the server
 */
export async function openConnection(options: PostgresConnectionOptions): Promise<PostgresConnection> {
  const { servers, signal } = options;
  let failure: unknown = new DatabaseUnavailable();
  let tried = 0;
  for (const server of servers.order) {
    if (signal?.aborted === true) break;
    try {
      const connection = await connectTo(server, options);
      if (!servers.leftBehind.has(server)) return connection;
      connection.drop();
      throw new NotPrimary('leftBehind');
    } catch (error) {
      if (tried++ === 0 || error instanceof NotPrimary) failure = error;
      // The next attempt begins with another, also where this one is ended before it has tried them all.
      servers.order = [...servers.order.filter((other) => other !== server), server];
    }
  }
  throw failure;
}

/**
 * Connects to one of the servers.
 *
 * @throws {@link NotPrimary} when it is a standby or read-only, or an error of the network or the server
 */
export async function connectTo(
  server: DatabaseServer,
  options: PostgresConnectionOptions,
): Promise<PostgresConnection> {
  const { servers } = options;
  if (!servers.refusesParameters) {
    try {
      return await openSession(server, options);
    } catch (error) {
      if (!isParameterRefusal(error)) throw error;
      servers.refusesParameters = true;
    }
  }
  return openSession(server, options);
}

async function openSession(
  server: DatabaseServer,
  options: PostgresConnectionOptions,
): Promise<PostgresConnection> {
  let fail: (error: Error) => void = () => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  ended.catch(() => undefined);
  let lost = () => {
    fail(new DatabaseUnavailable());
  };
  const connection = connect(server, options, () => {
    lost();
  });
  options.signal?.addEventListener('abort', connection.drop, { once: true });
  try {
    // The driver may leave a statement unanswered whose connection ends as it is sent.
    const { state, pooler } = await Promise.race([connection.open(), ended]);
    if (state.standby || state.readOnly) throw new NotPrimary(state.standby ? 'standby' : 'readOnly');
    lost = () => options.onLost?.();
    return { db: connection.db, server: state, pooler, lost: connection.lost, drop: connection.drop };
  } catch (error) {
    connection.drop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', connection.drop);
  }
}

/**
 * Asks for the password before the driver needs it: what a function threw there would end the process.
 *
 * @throws {@link DatabaseUnavailable} where the function gives none
 */
async function readPassword({ password }: DatabaseTarget): Promise<string> {
  if (typeof password === 'string') return password;
  try {
    const given: unknown = await withTimeout(passwordTimeoutMs, async () => password());
    if (typeof given === 'string') return given;
  } catch (cause) {
    throw new DatabaseUnavailable(cause);
  }
  throw new DatabaseUnavailable(new TypeError('The function for the password gave no text.'));
}

function connect(server: DatabaseServer, options: PostgresConnectionOptions, onLost: () => void) {
  const { target, poolMode, refusesParameters } = options.servers;
  const { statementTimeoutMs } = options;
  let socket: Socket | null = null;
  let password = '';
  let lost = false;

  const lose = () => {
    if (lost) return;
    lost = true;
    onLost();
  };

  // Every option is given, since the driver takes those that are not from the environment.
  const sql = postgres({
    host: 'path' in server ? server.path : server.host,
    port: 'path' in server ? 5432 : server.port,
    user: target.user,
    pass: () => password,
    database: target.database,
    // The driver lets only a client of one connection begin a transaction by a plain statement.
    max: 1,
    connect_timeout: connectTimeoutSeconds,
    idle_timeout: options.idleSeconds,
    max_lifetime: null,
    max_pipeline: 100,
    backoff: false,
    keep_alive: null,
    prepare: true,
    debug: false,
    fetch_types: false,
    publications: 'alltables',
    // Whether the server takes writes is asked for by the first statement. Behind a pooler the driver would take a default
    // of the role or the database for it.
    target_session_attrs: refusesParameters ? 'primary' : 'read-write',
    onnotice: ({ routine }: { readonly routine?: string }) => {
      isReplicated &&= routine !== 'SyncRepWaitForLSN';
    },
    onclose: lose,
    ...(options.onNotify === undefined ? {} : { onnotify: options.onNotify }),
    connection: {
      ...target.settings,
      // An operator sees in pg_stat_activity which of a node's connections is the one that only listens.
      application_name: `${target.applicationName}${options.onNotify === undefined ? '' : ' listener'}`,
      ...(refusesParameters ? {} : startupParameters(statementTimeoutMs)),
    },
    ssl: false,
    sslnegotiation: null,
    socket: async () => {
      password = await readPassword(target);
      return openSocket(server, target.tls, (made) => {
        socket = made;
        if (lost) made.destroy(new DatabaseUnavailable());
      });
    },
  } as unknown as PostgresOptions);

  const unsafeOfDriver = sql.unsafe.bind(sql);
  /** What begins a transaction behind a pooler; null where the settings of a session last. */
  let beginText: string | null = null;
  let isInTransaction = false;
  /** False when an operator has cancelled the wait for a synchronous standby: the server then says COMMIT all the same. */
  let isReplicated = true;
  let prepare = false;
  /** Until BEGIN has been answered: what a statement that writes waits for, and every statement behind it. */
  let beginning: Promise<void> | null = null;
  let isHeld = false;
  // Every statement is prepared: one that is not would be planned each time. Their texts are few: none depends on the number
  // of its values (see inUuids). A statement is sent when it is called, so that the order of the calls is the order on the
  // wire. With values as arguments the driver (postgres.js 3.4) asks for their types first, in a round trip of its own, where
  // a connection does not know the text; as `parameters` it sends them as the texts that they are.
  const unsafe = (text: string, values: readonly unknown[] = []): Statement => {
    if (lost) throw new DatabaseUnavailable();
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
      if (!isReplicated) throw new DatabaseUnavailable();
      return result;
    } catch (error) {
      isOver = true;
      // What was held until BEGIN was answered is sent by then: the rollback comes behind it.
      await begun.catch(() => undefined);
      beginning = null;
      if (!lost) await unsafe('rollback');
      throw error;
    } finally {
      isInTransaction = false;
    }
  };
  const guarded: postgres.Sql = Object.assign(sql, { unsafe: unsafe as typeof unsafeOfDriver, begin });

  /** Sets what a pooler kept from the server: now where the session lasts, else with each transaction. */
  const setAll = async (version: number | null) => {
    if (poolMode === 'session') await unsafeOfDriver(setStatements(statementTimeoutMs, version));
    else beginText = beginStatement(statementTimeoutMs, version);
  };

  /** Whether the next transaction still knows a prepared statement: a pooler that sees to it gives it another name. */
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
    /** Connects, and has the settings hold whatever is between this process and the server. */
    async open(): Promise<{ readonly state: ServerState; readonly pooler: Pooler | null }> {
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
    lost: () => lost,
    drop() {
      lose();
      // With an error, since the driver would otherwise connect again where it has not finished connecting.
      socket?.destroy(new DatabaseUnavailable());
      void sql.end({ timeout: 0 });
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
