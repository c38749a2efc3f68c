// A pool of connections to a PostgreSQL server. A connection serves one piece of work at a time; the pool ends one on which
// the server failed or took too long, and never uses it again.

import { sql } from 'drizzle-orm';

import { createFairQueue } from '../../common/fairQueue.js';
import { type ConnectionCounts, type Db } from '../database.js';
import { withTimeout, fairMs } from '../deadline.js';
import { DatabaseUnavailable, isStalePlan, isUnavailable } from '../errors.js';
import { type PostgresConnection, openConnection, type Servers } from './connection.js';

export interface Pool {
  /**
   * Runs work on a connection of its own. When time runs out the connection is ended, so that a transaction that is not
   * committed by then never will be.
   *
   * @param withinMs how long it may take, waiting for the connection included
   * @param requester the client, such as a network, whose work waits in turn with that of others
   * @param isTask whether no request waits for the work: its failure then does not count as an outage
   * @throws {@link DatabaseUnavailable} when time runs out or the server cannot serve; any other error as it is
   */
  use<T>(withinMs: number, work: (db: Db) => Promise<T>, requester?: string, isTask?: boolean): Promise<T>;
  /** Makes every connection that the pool has room for, so that the first requests wait for none. */
  warm(): Promise<void>;
  /** Ends idle connections at once and the others after their work: their server may be gone. */
  renew(): void;
  counts(): ConnectionCounts;
  /** Waits for running work, then ends every connection. */
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly servers: Servers;
  /** The most connections held at once. */
  readonly size: number;
  /** Called when a piece of work ran out of time on a connection, or found the server unable to serve. */
  readonly onTrouble: (cause: unknown) => void;
  /** Called when a connection has been made. */
  readonly onConnected: (connection: PostgresConnection) => void;
  /** Called when a piece of work is done. */
  readonly onServed: () => void;
}

const idleSeconds = 60;
const statementTimeoutMs = 4_000;

/** The longest that the pool may take to make its connections, in milliseconds. */
const warmMs = 4_000;

export function openPool({ servers, size, onTrouble, onConnected, onServed }: PoolOptions): Pool {
  const open = new Set<PostgresConnection>();
  let idle: PostgresConnection[] = [];
  /** Connections that are in use and must not be used again. */
  const spent = new WeakSet<PostgresConnection>();
  const waiting = createFairQueue<(connection: PostgresConnection | null) => void>();
  /** Fails the work that is under way on a connection. */
  const underWay = new Map<PostgresConnection, (error: Error) => void>();
  let closed: (() => void) | null = null;
  /** Connections that are being made. */
  let opening = 0;
  let isClosed = false;
  /** How often the connections were renewed. */
  let renewals = 0;

  /** Makes a connection that {@link takeTurn} has counted as opening. */
  const make = async (signal: AbortSignal): Promise<PostgresConnection> => {
    const renewalsBefore = renewals;
    // Undefined until the server has been chosen: one that was left behind is dropped before.
    let made: PostgresConnection | undefined;
    const onLost = () => {
      if (made === undefined) return;
      open.delete(made);
      idle = idle.filter((one) => one !== made);
      underWay.get(made)?.(new DatabaseUnavailable());
    };
    try {
      const connection = await openConnection({ servers, statementTimeoutMs, idleSeconds, signal, onLost });
      made = connection;
      open.add(connection);
      if (renewals !== renewalsBefore) spent.add(connection);
      onConnected(connection);
      return connection;
    } finally {
      opening -= 1;
    }
  };

  /** Gives a free connection; null where the caller is to make a new one. */
  const takeTurn = async (requester: string): Promise<PostgresConnection | null> => {
    if (isClosed) throw new DatabaseUnavailable();
    const free = idle.pop();
    if (free !== undefined) return free;
    if (open.size + opening >= size)
      return new Promise((resolve) => {
        waiting.push(requester, resolve);
      });
    opening += 1;
    return null;
  };

  /** @param connection null when none could be made */
  const release = (connection: PostgresConnection | null) => {
    if (connection !== null && spent.has(connection)) connection.drop();
    const usable = connection?.lost() === false ? connection : null;
    const next = waiting.shift();
    if (next !== undefined) {
      if (usable === null) opening += 1;
      next(usable);
    } else if (usable !== null) idle.push(usable);
    if (idle.length === open.size && opening === 0) closed?.();
  };

  /** Fails when the connection is lost, since the driver may leave a statement that was sent just then unanswered. */
  const run = <T>(connection: PostgresConnection, work: (db: Db) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      underWay.set(connection, reject);
      work(connection.db).then(resolve, reject);
    }).finally(() => underWay.delete(connection));

  const renew = () => {
    renewals += 1;
    for (const connection of open) spent.add(connection);
    for (const connection of [...idle]) connection.drop();
  };

  return {
    use: (withinMs, work, requester = '', isTask = false) =>
      withTimeout(withinMs, async ({ expired, onExpired }) => {
        const late = new AbortController();
        let connection = await takeTurn(requester);
        const begunAtMs = performance.now();
        onExpired(() => {
          late.abort();
          connection?.drop();
          // Time that was spent in the queue says nothing of the server.
          const hadMs = performance.now() - begunAtMs;
          if (hadMs >= fairMs && !isTask) onTrouble(new Error('The server did not answer in time.'));
        });
        try {
          // It may have waited its turn past its time: the caller has been refused, so the work must not be done.
          if (expired()) late.abort();
          connection ??= await make(late.signal);
          if (expired()) throw new DatabaseUnavailable();
          const result = await run(connection, work);
          onServed();
          return result;
        } catch (error) {
          if (!expired() && isUnavailable(error)) {
            connection?.drop();
            if (!isTask) onTrouble(error);
          }
          // The plans of the other connections are as old.
          if (isStalePlan(error)) renew();
          throw error;
        } finally {
          release(connection);
        }
      }),

    async warm() {
      const ask = () => this.use(warmMs, (db) => db.execute(sql`select 1`), '', true);
      await Promise.all(Array.from({ length: size - open.size - opening }, ask));
    },

    renew,

    counts: () => ({ open: open.size, idle: idle.length, waiting: waiting.size }),

    async close() {
      isClosed = true;
      if (idle.length < open.size || opening > 0) {
        await new Promise<void>((resolve) => {
          closed = resolve;
        });
      }
      for (const connection of [...open]) connection.drop();
    },
  };
}
