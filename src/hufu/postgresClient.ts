// Reads the server, the database and the user from a client of postgres.js, for connections of Hufu's own. The client itself
// is never used: Hufu sets what its statements rely on in each session, bounds every wait and ends sockets that have gone
// silent.

import { type ConnectionOptions } from 'node:tls';

import { z } from 'zod';

import {
  type DatabaseServer,
  type DatabaseTarget,
  type DatabaseTls,
  describeDatabase,
  openServers,
} from '../config/databaseUrl.js';

/** A client of postgres.js, as `postgres()` gives it. */
export interface PostgresClient {
  readonly options: {
    readonly host: readonly string[];
    readonly port: readonly number[];
    readonly user: string;
    readonly database: string;
  };
}

const name = z.string().min(1).meta({ allowed: 'a text' });

/** The options of a client that Hufu reads. Those of its own pool, statements and answers mean nothing here. */
const clientOptions = z.object({
  host: z.array(name).meta({ allowed: 'a list of texts' }),
  port: z.array(z.int().min(1).max(65_535)).min(1).meta({ allowed: 'a list of numbers from 1 to 65535' }),
  path: z.union([name, z.literal(false)]).meta({ allowed: 'a text' }),
  user: name,
  database: name,
  pass: z
    .custom<DatabaseTarget['password']>((value) => typeof value === 'string' || typeof value === 'function')
    .meta({ allowed: 'a text or a function' }),
  ssl: z
    .union([z.boolean(), z.string(), z.custom<ConnectionOptions>((value) => typeof value === 'object')])
    .meta({ allowed: 'true, false, a text or options of tls.connect' }),
  // Older releases of the driver have none.
  sslnegotiation: z.unknown().optional(),
  connection: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullish())
    .meta({ allowed: 'an object of texts, numbers and booleans' }),
  target_session_attrs: z
    .enum(['read-write', 'primary', ''])
    .nullish()
    .meta({ allowed: 'read-write, primary, or left out: Hufu needs the server that takes writes' }),
  socket: z
    .custom((value) => !value)
    .meta({
      allowed: 'left out: Hufu opens its sockets itself. Where the host can be reached, set database.url',
    }),
});

type ClientOptions = z.output<typeof clientOptions>;

/**
 * Reads the options of a client.
 *
 * @param refuse called with the path of each option that Hufu cannot follow, never with its value
 * @returns null where an option was refused
 */
export function readClient(
  client: unknown,
  refuse: (path: string, remedy: string) => void,
): DatabaseTarget | null {
  const path = 'database.client';
  const options = typeof client === 'function' && 'options' in client ? client.options : null;
  if (typeof options !== 'object' || options === null || !('host' in options)) {
    refuse(path, 'it must be a client of postgres.js, such as postgres(url) gives.');
    return null;
  }
  const result = clientOptions.safeParse(options);
  if (result.success) return targetOf(result.data);
  for (const option of new Set(result.error.issues.map((issue) => issue.path[0] as keyof ClientOptions)))
    refuse(
      `${path}.options.${option}`,
      `it must be ${String(clientOptions.shape[option].meta()?.['allowed'])}.`,
    );
  return null;
}

function targetOf(options: ClientOptions): DatabaseTarget {
  const { path, user, database } = options;
  const servers: readonly DatabaseServer[] =
    path === false
      ? options.port.map((port, index) => ({ host: options.host[index] ?? 'localhost', port }))
      : [{ path }];
  const tls = tlsOf(options);
  const open = openServers(servers, tls);
  const { application_name: applicationName, ...settings } = textsOf(options.connection);
  return {
    servers,
    user,
    password: options.pass,
    database,
    tls,
    // The driver's own name stands for none.
    applicationName: applicationName === 'postgres.js' ? 'hufu' : (applicationName ?? 'hufu'),
    settings,
    description: describeDatabase(servers, database),
    warning:
      open &&
      `database: the connection to ${open} can be read and changed on its way. Set the client's option ssl to ` +
        "'verify-full', or at least to 'require'.",
  };
}

/** Reads `ssl` as the driver does: three texts accept any certificate, everything else only one that is trusted. */
function tlsOf({ ssl, sslnegotiation }: ClientOptions): DatabaseTls {
  const direct = sslnegotiation === 'direct';
  // Null is an object as well.
  if (!(ssl as unknown)) return { mode: 'disable', direct: false };
  if (ssl === 'prefer' && !direct) return { mode: 'prefer', direct };
  if (ssl === 'prefer' || ssl === 'require' || ssl === 'allow') return { mode: 'require', direct };
  return { mode: 'verify-full', direct, ...(typeof ssl === 'object' && { own: ssl }) };
}

/** Returns the parameters of the startup message; the driver leaves out those that are false, 0 or empty. */
function textsOf(connection: ClientOptions['connection']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(connection).flatMap(([key, value]) => (value ? [[key, String(value)]] : [])),
  );
}
