// Everything of a database session that the code relies on. A role, a database and the server's configuration can set
// all of it; what a client sends when it connects, or in a transaction, wins over them.

/** How long the server waits in a session, in milliseconds. A request has 3 s, one piece of work 4 s. */
const waits = {
  /**
   * The locks of a node that was cut off in a transaction are free after it, so that requests of other nodes that wait for
   * them are still in time. A transaction of ours is idle for no longer than a round trip.
   */
  idleInTransaction: 2_000,
  /** A session ends, and its locks with it, once the node has not acknowledged a packet for so long. */
  unacknowledged: 3_000,
} as const;

type Settings = Readonly<Record<string, string>>;

/** The settings that each statement relies on. Every supported version knows them. */
function statementSettings(statementTimeoutMs: number): Settings {
  return {
    // The time of a statement.
    statement_timeout: String(statementTimeoutMs),
    lock_timeout: '0',
    idle_in_transaction_session_timeout: String(waits.idleInTransaction),
    // The form of values.
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    extra_float_digits: '1',
    bytea_output: 'hex',
    standard_conforming_strings: 'on',
    array_nulls: 'on',
    transform_null_equals: 'off',
    // The tables that are found. Every statement of ours names its schema; the tables of a clone may be in `public`.
    search_path: 'public',
    row_security: 'on',
    synchronous_commit: 'on',
    // The plans of statements.
    plan_cache_mode: 'auto',
  };
}

/** Parameters of the first packet. */
export function startupParameters(statementTimeoutMs: number): Settings {
  return {
    ...statementSettings(statementTimeoutMs),
    // The rights of a transaction.
    default_transaction_isolation: 'read committed',
    default_transaction_read_only: 'off',
    default_transaction_deferrable: 'off',
    // The life of a connection without a statement.
    idle_session_timeout: '0',
    tcp_keepalives_idle: '5',
    tcp_keepalives_interval: '1',
    tcp_keepalives_count: '3',
    tcp_user_timeout: String(waits.unacknowledged),
  };
}

/** Settings of versions that are newer than the oldest supported one. */
function newerSettings(version: number | null): Settings {
  return version !== null && version >= 170_000 ? { transaction_timeout: '0' } : {};
}

/**
 * Makes the statements that set, for a whole session, the settings that a pooler may have kept from the server.
 *
 * @param version of the server, such as 170002; null while it is unknown
 */
export function setStatements(statementTimeoutMs: number, version: number | null): string {
  return assign('set', { ...newerSettings(version), ...startupParameters(statementTimeoutMs) });
}

/**
 * Makes the statements that begin a transaction in whichever session a pooler gives, and set for it the settings that it relies
 * on.
 *
 * @param version of the server, such as 170002; null while it is unknown
 */
export function beginStatement(statementTimeoutMs: number, version: number | null): string {
  const settings = { ...newerSettings(version), ...statementSettings(statementTimeoutMs) };
  return `begin isolation level read committed, read write, not deferrable; ${assign('set local', settings)}`;
}

function assign(set: string, settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${set} ${name} = '${value}'`)
    .join('; ');
}

/** The state of a server as one of its sessions tells it. */
export interface ServerState {
  /** The number of the process that serves the session. */
  readonly pid: number;
  /** Whether it only replays what another writes. */
  readonly standby: boolean;
  readonly readOnly: boolean;
  /** Such as 170002. */
  readonly version: number;
  readonly encoding: string;
}

/** The first statement of a session: asks for {@link ServerState}, and sets the setting that only newer versions have. */
export const firstStatement = `select
  pg_catalog.pg_backend_pid() as pid,
  pg_catalog.pg_is_in_recovery() as standby,
  pg_catalog.current_setting('transaction_read_only') = 'on' as "readOnly",
  pg_catalog.current_setting('server_version_num')::int as version,
  pg_catalog.current_setting('server_encoding') as encoding,
  case when pg_catalog.current_setting('transaction_timeout', true) is not null
    then pg_catalog.set_config('transaction_timeout', '0', false) end as transaction_timeout`;

/** Names the prepared statements of the session that have the text `$1`; given its own text, itself as well. */
export const preparedNames = 'select name from pg_catalog.pg_prepared_statements where statement = $1';
