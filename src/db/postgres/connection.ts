// One connection to a PostgreSQL server, through postgres.js. Once it is lost it stays lost: the driver would connect
// again by itself and run the rest of a broken transaction outside of one.

import { type Socket } from 'node:net';

import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

import * as schema from '../schema.js';
import { openSocket, type ServerAddress } from './socket.js';
import { DatabaseUnavailable } from '../errors.js';

export interface Connection {
  readonly db: PostgresJsDatabase<typeof schema>;
  /** Whether it has ended; every statement on it then throws {@link DatabaseUnavailable}. */
  lost(): boolean;
  /** Ends it at once; what runs on it fails, and what was not committed never will be. */
  drop(): void;
}

export interface ConnectionOptions {
  readonly url: string;
  /** The longest that one statement may take on the server, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** After which time without a statement it ends by itself, in seconds; null for never. */
  readonly idleSeconds: number | null;
  /** Called when it has ended, by whichever side. */
  readonly onLost?: () => void;
  /** Called with what is sent on the channels that it listens to. */
  readonly onNotify?: (channel: string, text: string) => void;
}

const connectTimeoutSeconds = 3;

const prepared = { prepare: true } as const;

/** A transaction whose node was cut off must not hold the user's row for ever. */
const idleInTransactionMs = 5_000;

/** Nothing is sent before the first statement, which connects. */
export function openConnection(options: ConnectionOptions): Connection {
  const { url, sslMode } = withoutSslMode(options.url);
  let socket: Socket | null = null;
  let lost = false;

  const lose = () => {
    if (lost) return;
    lost = true;
    options.onLost?.();
  };

  const sql = postgres(url, {
    // The driver lets only a client of one connection begin a transaction by a plain statement.
    max: 1,
    connect_timeout: connectTimeoutSeconds,
    idle_timeout: options.idleSeconds,
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => undefined,
    onclose: lose,
    ...(options.onNotify === undefined ? {} : { onnotify: options.onNotify }),
    connection: {
      // An operator sees in pg_stat_activity which of a node's connections is the one that only listens.
      application_name: options.onNotify === undefined ? 'hufu' : 'hufu listener',
      statement_timeout: options.statementTimeoutMs,
      idle_in_transaction_session_timeout: idleInTransactionMs,
    },
    ssl: false,
    socket: async (address: ServerAddress) =>
      openSocket(address, sslMode, (made) => {
        socket = made;
        if (lost) made.destroy(new DatabaseUnavailable());
      }),
  } as Parameters<typeof postgres>[1]);

  const send = sql.unsafe.bind(sql);
  // Every statement is prepared: one that is not would cost a second round trip, to ask for its parameters' types, and
  // be planned anew each time. Their texts are few, since none depends on how many values it is given (see anyOf.ts).
  const unsafe: typeof send = (text, values) => {
    if (lost) throw new DatabaseUnavailable();
    return send(text, values, prepared);
  };
  // Instead of the driver's own, which writes to a connection that has just ended and so ends the process.
  const begin = async <T>(work: (client: postgres.Sql) => Promise<T>): Promise<T> => {
    await unsafe('begin');
    try {
      const result = await work(guarded);
      await unsafe('commit');
      return result;
    } catch (error) {
      if (!lost) await unsafe('rollback');
      throw error;
    }
  };
  const guarded: postgres.Sql = Object.assign(sql, { unsafe, begin });

  return {
    db: drizzle(guarded, { schema }),
    lost: () => lost,
    drop() {
      lose();
      // With an error, since the driver would otherwise connect again where it has not finished connecting.
      socket?.destroy(new Error('The connection was dropped.'));
      void sql.end({ timeout: 0 });
    },
  };
}

/** The driver would take the parameter as an order to put TLS on the socket itself. */
function withoutSslMode(address: string): { readonly url: string; readonly sslMode: string | null } {
  const url = new URL(address);
  const sslMode = url.searchParams.get('sslmode');
  url.searchParams.delete('sslmode');
  return { url: url.href, sslMode };
}
