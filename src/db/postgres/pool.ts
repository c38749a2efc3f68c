// A pool of connections to a PostgreSQL server that does not stay stuck. A connection serves one piece of work at a
// time; one on which the server failed, or took too long, is ended and never used again.

import { bounded, fairMs } from '../deadline.js';
import { type Connection, openConnection } from './connection.js';
import { type ConnectionCounts, type Db } from '../database.js';
import { DatabaseUnavailable, isUnavailable } from '../errors.js';

export interface Pool {
  /**
   * Runs work on a connection of its own. When time runs out the connection is ended, so that what was not
   * committed by then never will be.
   *
   * @param withinMs how long it may take, waiting for the connection included
   * @param isTask whether nobody waits for it: that it takes too long or fails is then no trouble of the server's
   * @throws {@link DatabaseUnavailable} when time runs out or the server cannot serve; any other error as it is
   */
  use<T>(withinMs: number, work: (db: Db) => Promise<T>, isTask?: boolean): Promise<T>;
  /** Ends the connections that nobody uses, and the others when their work is done: their server may be gone. */
  renew(): void;
  counts(): ConnectionCounts;
  /** Waits for running work, then ends every connection. */
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly url: string;
  /** The most connections held at once. */
  readonly size: number;
  /** Called when a piece of work ran out of time on a connection, or found the server unable to serve. */
  readonly onTrouble: (cause: unknown) => void;
  /** Called when a piece of work is done. */
  readonly onServed: () => void;
}

const idleSeconds = 60;
const statementTimeoutMs = 4_000;

export function openPool({ url, size, onTrouble, onServed }: PoolOptions): Pool {
  const open = new Set<Connection>();
  let idle: Connection[] = [];
  /** Connections that are in use and must not be used again. */
  const spent = new WeakSet<Connection>();
  const waiting: ((connection: Connection) => void)[] = [];
  /** Fails the work that is under way on a connection. */
  const underWay = new Map<Connection, (error: Error) => void>();
  let closed: (() => void) | null = null;

  const make = (): Connection => {
    const connection = openConnection({
      url,
      statementTimeoutMs,
      idleSeconds,
      onLost: () => {
        open.delete(connection);
        idle = idle.filter((one) => one !== connection);
        underWay.get(connection)?.(new DatabaseUnavailable());
      },
    });
    open.add(connection);
    return connection;
  };

  const acquire = (): Connection | Promise<Connection> =>
    idle.pop() ?? (open.size < size ? make() : new Promise((resolve) => waiting.push(resolve)));

  const release = (connection: Connection) => {
    if (spent.has(connection)) connection.drop();
    const next = waiting.shift();
    if (next !== undefined) next(connection.lost() ? make() : connection);
    else if (!connection.lost()) idle.push(connection);
    if (idle.length === open.size) closed?.();
  };

  /** Fails when the connection is lost, since the driver may leave a statement that was sent just then unanswered. */
  const run = <T>(connection: Connection, work: (db: Db) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      underWay.set(connection, reject);
      work(connection.db).then(resolve, reject);
    }).finally(() => underWay.delete(connection));

  return {
    use: (withinMs, work, isTask = false) =>
      bounded(withinMs, async ({ expired, onExpired }) => {
        const connection = await acquire();
        try {
          // It may have waited its turn: what nobody waits for any more must not be done.
          if (expired()) throw new DatabaseUnavailable();
          onExpired(() => {
            connection.drop();
            if (withinMs >= fairMs && !isTask) onTrouble(new Error('The server did not answer in time.'));
          });
          const result = await run(connection, work);
          onServed();
          return result;
        } catch (error) {
          if (!expired() && isUnavailable(error)) {
            connection.drop();
            if (!isTask) onTrouble(error);
          }
          throw error;
        } finally {
          release(connection);
        }
      }),

    renew() {
      for (const connection of open) spent.add(connection);
      for (const connection of [...idle]) connection.drop();
    },

    counts: () => ({ open: open.size, idle: idle.length, waiting: waiting.length }),

    async close() {
      if (idle.length < open.size) {
        await new Promise<void>((resolve) => {
          closed = resolve;
        });
      }
      for (const connection of [...open]) connection.drop();
    },
  };
}
