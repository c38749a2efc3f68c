// Opens a connection to the PostgreSQL server that takes writes. Once it is lost it stays lost: the driver would connect again by
// itself and run the rest of a broken transaction outside of one.

import { type PostgresJsDatabase } from 'drizzle-orm/postgres-js';

import { type DatabaseServer, type DatabaseTarget } from '../../config/databaseUrl.js';
import { type PoolMode } from '../../config/database.js';
import { DatabaseUnavailable, isParameterRefusal, NotPrimary } from '../errors.js';
import type * as schema from '../schema/index.js';
import { createDriver } from './driver.js';
import { createSession, type Pooler } from './session.js';
import { type ServerState } from './sessionSettings.js';

export interface PostgresConnection {
  readonly db: PostgresJsDatabase<typeof schema>;
  readonly server: ServerState;
  /** The pooler between, where each transaction may run in another session of the server; null without one. */
  readonly pooler: Pooler | null;
  /** Tells whether it has ended; every statement on it then throws {@link DatabaseUnavailable}. */
  lost(): boolean;
  /** Ends it at once: the work on it fails, and an uncommitted transaction is never committed. */
  drop(): void;
}

/** The servers of a target, with a memory of which one took writes last. */
export interface Servers {
  readonly target: DatabaseTarget;
  /** Whether a pooler, where there is one, leaves a session of the server to a connection for longer than a transaction. */
  readonly poolMode: PoolMode;
  /** In the order in which they are tried. */
  order: readonly DatabaseServer[];
  /** The servers that take writes although a failover has left them behind; none of them is used. */
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
  /** Called with each text that is sent on the channels that it listens to. */
  readonly onNotify?: (channel: string, text: string) => void;
}

export function serversOf(target: DatabaseTarget, poolMode: PoolMode = 'transaction'): Servers {
  return { target, poolMode, order: target.servers, leftBehind: new Set(), refusesParameters: false };
}

/**
 * Connects to the server that takes writes, the one that did last first. A standby, and a server that does not answer,
 * is left for the next one.
 *
 * @throws {@link NotPrimary} where a server that was reached takes no writes, else the error of the first one
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
  let onLost = () => {
    fail(new DatabaseUnavailable());
  };
  const { servers, signal } = options;
  const driver = createDriver(server, {
    ...options,
    target: servers.target,
    refusesParameters: servers.refusesParameters,
    onLost: () => {
      onLost();
    },
  });
  const session = createSession(driver, {
    poolMode: servers.poolMode,
    refusesParameters: servers.refusesParameters,
    statementTimeoutMs: options.statementTimeoutMs,
  });
  const { lost, drop } = driver;
  signal?.addEventListener('abort', drop, { once: true });
  try {
    // The driver may leave a statement unanswered whose connection ends as it is sent.
    const { state, pooler } = await Promise.race([session.open(), ended]);
    if (state.standby || state.readOnly) throw new NotPrimary(state.standby ? 'standby' : 'readOnly');
    onLost = () => options.onLost?.();
    return { db: session.db, server: state, pooler, lost, drop };
  } catch (error) {
    drop();
    throw error;
  } finally {
    signal?.removeEventListener('abort', drop);
  }
}
