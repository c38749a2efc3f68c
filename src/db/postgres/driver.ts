// One connection of postgres.js, with every option set and a socket that this process opens and can end.

import { type Socket } from 'node:net';

import postgres from 'postgres';

import { type DatabaseServer, type DatabaseTarget } from '../../config/databaseUrl.js';
import { withTimeout } from '../deadline.js';
import { DatabaseUnavailable } from '../errors.js';
import { startupParameters } from './sessionSettings.js';
import { openSocket } from './socket.js';

export interface Driver {
  readonly sql: postgres.Sql;
  lost(): boolean;
  /** False when an operator has cancelled the wait for a synchronous standby: the server then says COMMIT all the same. */
  isReplicated(): boolean;
  /** Ends the connection at once. */
  drop(): void;
}

export interface DriverOptions {
  readonly target: DatabaseTarget;
  /** Whether a pooler has refused the settings in the first packet. */
  readonly refusesParameters: boolean;
  /** The longest that one statement may take on the server, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** After which time without a statement it ends by itself, in seconds; null for never. */
  readonly idleSeconds: number | null;
  /** Called once when the connection has ended, by whichever side. */
  readonly onLost: () => void;
  /** Called with each text that is sent on the channels that it listens to. */
  readonly onNotify?: ((channel: string, text: string) => void) | undefined;
}

/** The driver's types leave out `socket` and the options that it takes from the environment. */
type PostgresOptions = postgres.Options<Record<string, postgres.PostgresType>>;

const connectTimeoutSeconds = 3;

/** The longest that a team's function may take to give the password, in milliseconds. */
const passwordTimeoutMs = 3_000;

/** Makes the connection. It connects with its first statement. */
export function createDriver(server: DatabaseServer, options: DriverOptions): Driver {
  const { target, refusesParameters, statementTimeoutMs, onNotify } = options;
  let socket: Socket | null = null;
  let password = '';
  let lost = false;
  let isReplicated = true;

  const lose = () => {
    if (lost) return;
    lost = true;
    options.onLost();
  };

  // Every option is given, since the driver takes a missing one from the environment.
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
    ...(onNotify === undefined ? {} : { onnotify: onNotify }),
    connection: {
      ...target.settings,
      // An operator sees in pg_stat_activity which of a node's connections is the one that only listens.
      application_name: `${target.applicationName}${onNotify === undefined ? '' : ' listener'}`,
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

  return {
    sql,
    lost: () => lost,
    isReplicated: () => isReplicated,
    drop() {
      lose();
      // With an error, since the driver would otherwise connect again where it has not finished connecting.
      socket?.destroy(new DatabaseUnavailable());
      void sql.end({ timeout: 0 });
    },
  };
}

/**
 * Asks for the password before the driver needs it: a function that throws there would end the process.
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
