// One connection to a PostgreSQL server that takes writes, through postgres.js. Once it is lost it stays lost: the driver
// would connect again by itself and run the rest of a broken transaction outside of one.

import { type Socket } from 'node:net';

import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

import { type DatabaseServer, type DatabaseTarget } from '../../config/databaseUrl.js';
import { DatabaseUnavailable, NotPrimary } from '../errors.js';
import * as schema from '../schema.js';
import { openSocket } from './socket.js';

export interface Connection {
  readonly db: PostgresJsDatabase<typeof schema>;
  readonly server: ServerState;
  /** Whether it has ended; every statement on it then throws {@link DatabaseUnavailable}. */
  lost(): boolean;
  /** Ends it at once; what runs on it fails, and what was not committed never will be. */
  drop(): void;
}

/** The servers of a target, with a memory of which one took writes last. */
export interface Servers {
  readonly target: DatabaseTarget;
  /** The one to try first stands first. */
  order: readonly DatabaseServer[];
  /** Those that take writes although a failover has left them behind; none of them is used. */
  leftBehind: ReadonlySet<DatabaseServer>;
}

export interface ConnectionOptions {
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

const prepared = { prepare: true } as const;

export function serversOf(target: DatabaseTarget): Servers {
  return { target, order: target.servers, leftBehind: new Set() };
}

/**
 * Connects to the server that takes writes, the one that did last first. A standby, and a server that does not answer,
 * is left for the next one.
 *
 * @throws what kept the last of them from being used: {@link NotPrimary}, or an error of the network or the server
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { servers, signal } = options;
  let failure: unknown = new DatabaseUnavailable();
  let tried = 0;
  for (const server of servers.order) {
    if (signal?.aborted === true) break;
    try {
      if (servers.leftBehind.has(server)) throw new NotPrimary('leftBehind');
      return await connectTo(server, options);
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
export async function connectTo(server: DatabaseServer, options: ConnectionOptions): Promise<Connection> {
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
    const [state] = await Promise.race([connection.send<ServerState>(firstStatement), ended]);
    if (state === undefined) throw new DatabaseUnavailable();
    if (state.standby || state.readOnly) throw new NotPrimary(state.standby ? 'standby' : 'readOnly');
    lost = () => options.onLost?.();
    return { db: connection.db, server: state, lost: connection.lost, drop: connection.drop };
  } catch (error) {
    connection.drop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', connection.drop);
  }
}

function connect(server: DatabaseServer, options: ConnectionOptions, onLost: () => void) {
  const { target } = options.servers;
  let socket: Socket | null = null;
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
    pass: () => target.password,
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
    // Whether the server takes writes is asked for by the first statement.
    target_session_attrs: 'read-write',
    onnotice: () => undefined,
    onclose: lose,
    ...(options.onNotify === undefined ? {} : { onnotify: options.onNotify }),
    connection: {
      // An operator sees in pg_stat_activity which of a node's connections is the one that only listens.
      application_name: `${target.applicationName}${options.onNotify === undefined ? '' : ' listener'}`,
      ...(target.options === null ? {} : { options: target.options }),
      ...startupParameters(options.statementTimeoutMs),
    },
    ssl: false,
    sslnegotiation: null,
    socket: async () =>
      openSocket(server, target.tls, (made) => {
        socket = made;
        if (lost) made.destroy(new DatabaseUnavailable());
      }),
  } as unknown as PostgresOptions);

  const unsafeOfDriver = sql.unsafe.bind(sql);
  /** Until BEGIN has been answered: what a statement that writes waits for, and every statement behind it. */
  let beginning: Promise<void> | null = null;
  let isHeld = false;
  // Every statement is prepared: one that is not would cost a second round trip, to ask for its parameters' types, and
  // be planned each time. Their texts are few: none depends on the number of its values (see inUuids). It is sent
  // when it is called, so that the order of the calls is the order on the wire.
  const unsafe = (text: string, values?: Parameters<typeof unsafeOfDriver>[1]): Statement => {
    if (lost) throw new DatabaseUnavailable();
    const statement = unsafeOfDriver(text, values, prepared);
    if (beginning !== null) isHeld ||= !/^\s*select\b/i.test(text);
    return beginning === null || !isHeld ? statement.execute() : heldUntil(beginning, statement);
  };
  // Instead of the driver's own, which writes to a connection that has just ended and so ends the process. BEGIN is not
  // waited for by reads. Writes wait for it: if it failed, they would be done outside of a transaction.
  const begin = async <T>(work: (client: postgres.Sql) => Promise<T>): Promise<T> => {
    isHeld = false;
    const begun = unsafe('begin').then(() => {
      beginning = null;
    });
    begun.catch(() => undefined);
    beginning = begun;
    try {
      const result = await work(guarded);
      await begun;
      const { command } = await unsafe('commit');
      if (command !== 'COMMIT') throw new Error('The transaction was rolled back.');
      return result;
    } catch (error) {
      beginning = null;
      if (!lost) await unsafe('rollback');
      throw error;
    }
  };
  const guarded: postgres.Sql = Object.assign(sql, { unsafe: unsafe as typeof unsafeOfDriver, begin });

  return {
    db: drizzle(guarded, { schema }),
    /** Runs a statement as it is, which connects. */
    send: async <R extends object>(text: string): Promise<readonly R[]> =>
      unsafeOfDriver<R[]>(text, [], prepared),
    lost: () => lost,
    drop() {
      lose();
      // With an error, since the driver would otherwise connect again where it has not finished connecting.
      socket?.destroy(new Error('The connection was dropped.'));
      void sql.end({ timeout: 0 });
    },
  };
}

/** Sends a statement when a promise has resolved; in the shape that Drizzle uses. */
function heldUntil(begun: Promise<void>, statement: Statement): Statement {
  const answer = begun.then(() => statement.execute());
  const values = () => {
    void statement.values();
    return answer;
  };
  return Object.assign(answer, { values }) as unknown as Statement;
}

/** How long the server waits in a session, in milliseconds. A request has 3 s, one piece of work 4 s. */
const waits = {
  /** The locks of a node that was cut off in a transaction are free after it; no transaction of ours is idle. */
  idleInTransaction: 3_000,
  /** What was sent to a node and not acknowledged for so long ends the session, and with it its locks. */
  unacknowledged: 3_000,
} as const;

/** Parameters of the first packet, which every supported version knows. */
export function startupParameters(statementTimeoutMs: number): Readonly<Record<string, string>> {
  return {
    // How values are written and read.
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    extra_float_digits: '1',
    bytea_output: 'hex',
    standard_conforming_strings: 'on',
    array_nulls: 'on',
    transform_null_equals: 'off',
    // What is found. Every statement of ours names its schema; the tables of a clone may be in `public`.
    search_path: 'public',
    row_security: 'on',
    // What a transaction sees and may do.
    default_transaction_isolation: 'read committed',
    default_transaction_read_only: 'off',
    default_transaction_deferrable: 'off',
    synchronous_commit: 'on',
    // How long it may take.
    statement_timeout: String(statementTimeoutMs),
    lock_timeout: '0',
    idle_session_timeout: '0',
    idle_in_transaction_session_timeout: String(waits.idleInTransaction),
    tcp_keepalives_idle: '5',
    tcp_keepalives_interval: '1',
    tcp_keepalives_count: '3',
    tcp_user_timeout: String(waits.unacknowledged),
    // How statements are planned.
    plan_cache_mode: 'auto',
  };
}

/** What a server says of itself in a session. */
export interface ServerState {
  /** Whether it only replays what another writes. */
  readonly standby: boolean;
  readonly readOnly: boolean;
  /** Such as 170002. */
  readonly version: number;
  readonly encoding: string;
}

/** The first statement of a session: asks for {@link ServerState}, and sets what only newer versions have. */
export const firstStatement = `select
  pg_catalog.pg_is_in_recovery() as standby,
  pg_catalog.current_setting('transaction_read_only') = 'on' as "readOnly",
  pg_catalog.current_setting('server_version_num')::int as version,
  pg_catalog.current_setting('server_encoding') as encoding,
  case when pg_catalog.current_setting('transaction_timeout', true) is not null
    then pg_catalog.set_config('transaction_timeout', '0', false) end as transaction_timeout`;
