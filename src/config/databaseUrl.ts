// Reads DATABASE_URL: the servers, the user, the database and TLS. The driver gets the result as options and
// never sees the URL, since it passes parameters that it does not know to the server and ignores others in silence.

import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type ConnectionOptions } from 'node:tls';

import { OperatorError, systemCode } from '../common/errors.js';

/** A TCP endpoint, or the path of a Unix socket. */
export type DatabaseServer = { readonly host: string; readonly port: number } | { readonly path: string };

const tlsModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

export type TlsMode = (typeof tlsModes)[number];

export interface DatabaseTls {
  /** As libpq has them. `prefer` and `require` accept any certificate, `verify-ca` any name. */
  readonly mode: TlsMode;
  /** Whether TLS begins without asking the server first (PostgreSQL 17 and later). */
  readonly direct: boolean;
  /** PEM; the authorities of Node where it is left out. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** The TLS options of a team's own client; they win over the rest. */
  readonly own?: ConnectionOptions;
}

export interface DatabaseTarget {
  /** At least one. Of several, the one that takes writes is used. */
  readonly servers: readonly DatabaseServer[];
  readonly user: string;
  /** A function is asked for each connection. */
  readonly password: string | (() => string | Promise<string>);
  readonly database: string;
  readonly tls: DatabaseTls;
  readonly applicationName: string;
  /** More parameters of the first packet, such as libpq's `options`, by which some hosts route; those of Hufu win. */
  readonly settings: Readonly<Record<string, string>>;
  /** Hosts, ports and database, without credentials. */
  readonly description: string;
  /** Advice to the operator; null for none. */
  readonly warning: string | null;
}

const defaultPort = 5432;

/** Parameters of libpq, Prisma, Neon, Supabase, node-postgres and JDBC that change nothing here. */
const harmless = new Set([
  'channel_binding',
  'connect_timeout',
  'connection_limit',
  'fallback_application_name',
  'gssdelegation',
  'gsslib',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'krbsrvname',
  'load_balance_hosts',
  'max_idle_connection_lifetime',
  'pgbouncer',
  'pool_timeout',
  'prepareThreshold',
  'schema',
  'single_use_connections',
  'socket_timeout',
  'sslcertmode',
  'sslcompression',
  'sslsni',
  'statement_cache_size',
  'supa',
  'tcp_user_timeout',
  'uselibpqcompat',
  'workaround',
]);

/** Parameters that change nothing with these values; another value is refused. */
const harmlessValues: ReadonlyMap<string, readonly string[]> = new Map([
  ['client_encoding', ['auto', 'utf8', 'utf-8', 'unicode']],
  ['gssencmode', ['disable', 'prefer']],
  ['target_session_attrs', ['any', 'read-write', 'primary']],
]);

/** The parameters that Hufu follows. */
const understood = new Set([
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'application_name',
  'options',
  'ssl',
  'sslmode',
  'sslaccept',
  'sslnegotiation',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
]);

const spellings: ReadonlyMap<string, TlsMode> = new Map<string, TlsMode>([
  ...tlsModes.map((mode) => [mode, mode] as const),
  ['allow', 'prefer'],
  ['no-verify', 'require'],
  ['true', 'require'],
  ['1', 'require'],
  ['false', 'disable'],
  ['0', 'disable'],
]);

/**
 * Reads the URL, and the files that it names.
 *
 * @throws {@link OperatorError} that names the part that is not understood; never the password
 */
export function readDatabaseUrl(url: string): DatabaseTarget {
  const parts = /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?@]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(url);
  if (parts === null)
    refuse('it must be a URL such as postgres://user:password@host:5432/database.' + encodeHint);
  const [, credentials = '', hosts = '', path = '', query = ''] = parts;
  const parameters = readParameters(query);
  const [name, ...rest] = credentials.split(':');
  const given = (parameter: string, part: string) => parameters.get(parameter) ?? decode(part);

  const user = given('user', name ?? '') || userInfo().username;
  const servers = readServers(parameters.get('host') ?? hosts, parameters.get('port') ?? null);
  const database = given('dbname', path) || user;
  const tls = readTls(parameters);
  const options = parameters.get('options');
  const open = openServers(servers, tls);
  return {
    servers,
    user,
    password: given('password', rest.join(':')),
    database,
    tls,
    applicationName: parameters.get('application_name') ?? 'hufu',
    settings: options === undefined ? {} : { options },
    description: describeDatabase(servers, database),
    warning:
      open &&
      `DATABASE_URL: the connection to ${open} can be read and changed on its way. Set sslmode=verify-full, ` +
        'with sslrootcert where the authority is your own, or at least sslmode=require.',
  };
}

/**
 * Reads `DATABASE_DIRECT_URL`, as {@link readDatabaseUrl} does its own.
 *
 * @throws {@link OperatorError} that names the part that is not understood; never the password
 */
export function readDirectUrl(url: string): DatabaseTarget {
  const setting = 'DATABASE_DIRECT_URL';
  try {
    const target = readDatabaseUrl(url);
    return { ...target, warning: target.warning?.replace('DATABASE_URL', setting) ?? null };
  } catch (error) {
    throw error instanceof OperatorError ? new OperatorError(setting, error.remedy, error.cause) : error;
  }
}

const encodeHint =
  ' Percent-encode special characters of user and password: %40 for @, %2F for /, %3A for :, %3F for ?, %25 for %.';

function refuse(sentence: string): never {
  throw new OperatorError('DATABASE_URL', sentence);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('it has a % that is not followed by two hexadecimal digits.' + encodeHint);
  }
}

function readParameters(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const [key = '', ...rest] = pair.split('=');
    const name = decode(key);
    const value = decode(rest.join('=')).trim();
    if (harmless.has(name)) continue;
    const allowed = harmlessValues.get(name);
    if (allowed !== undefined) {
      if (!allowed.includes(value.toLowerCase()))
        refuse(`the parameter ${name} must be one of ${allowed.join(', ')}, or left out.`);
      continue;
    }
    if (!understood.has(name)) {
      refuse(
        `the parameter ${JSON.stringify(name)} is not known. Remove it. ` +
          'Settings of the server belong to its configuration, or to ALTER ROLE and ALTER DATABASE.',
      );
    }
    parameters.set(name, value);
  }
  return parameters;
}

/** @param port of the parameter `port`: one for all hosts, or one for each */
function readServers(hosts: string, port: string | null): readonly DatabaseServer[] {
  const ports = port?.split(',') ?? [];
  return hosts.split(',').map((entry, index) => {
    const parts = /^(\[[^\]]+\]|[^:[\]]*)(?::(\d*))?$/.exec(entry) ?? refuse(hostHint);
    const host = decode(parts[1] ?? '').replace(/^\[|\]$/g, '') || 'localhost';
    const given = [parts[2], ports.length === 1 ? ports[0] : ports[index]].find((one) => one);
    const number = Number(given ?? defaultPort);
    if (!Number.isInteger(number) || number < 1 || number > 65_535)
      refuse('a port must be a number from 1 to 65535.');
    return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${String(number)}` } : { host, port: number };
  });
}

const hostHint =
  'a host must be a name, an IPv4, an IPv6 in brackets such as [::1], or the folder of a Unix socket such as ' +
  '%2Fvar%2Frun%2Fpostgresql, with a port behind a colon; several are separated by commas.';

function readTls(parameters: ReadonlyMap<string, string>): DatabaseTls {
  const rootCert = parameters.get('sslrootcert');
  const asked = ['ssl', 'sslmode'].flatMap((name) => {
    const value = parameters.get(name);
    if (value === undefined) return [];
    const mode = spellings.get(value.toLowerCase());
    return [mode ?? refuse(`the parameter ${name} must be one of ${tlsModes.join(', ')}.`)];
  });
  if (parameters.get('sslaccept') === 'strict') asked.push('verify-full');
  if (rootCert === 'system') asked.push('verify-full');
  let mode = tlsModes[Math.max(0, ...asked.map((one) => tlsModes.indexOf(one)))] ?? 'disable';
  // As in libpq: a named authority has the certificate checked against it.
  if (rootCert !== undefined && mode !== 'disable' && mode !== 'verify-full') mode = 'verify-ca';
  if (rootCert !== undefined && asked.length === 0) mode = 'verify-full';

  const negotiation = parameters.get('sslnegotiation') ?? 'postgres';
  if (!['postgres', 'direct'].includes(negotiation))
    refuse('the parameter sslnegotiation must be one of postgres, direct.');
  const direct = negotiation === 'direct';
  if (direct && (mode === 'disable' || mode === 'prefer'))
    refuse('sslnegotiation=direct needs sslmode=require, verify-ca or verify-full.');
  const passphrase = parameters.get('sslpassword');
  return {
    mode,
    direct,
    ...(rootCert === undefined || rootCert === 'system' ? {} : { ca: readFile('sslrootcert', rootCert) }),
    ...fileOf('cert', 'sslcert', parameters),
    ...fileOf('key', 'sslkey', parameters),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function fileOf(
  part: 'cert' | 'key',
  name: string,
  parameters: ReadonlyMap<string, string>,
): { readonly cert?: string; readonly key?: string } {
  const path = parameters.get(name);
  return path === undefined ? {} : { [part]: readFile(name, path) };
}

function readFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = systemCode(cause) ?? 'unknown error';
    throw new OperatorError(
      'DATABASE_URL',
      `the file ${path} of the parameter ${name} cannot be read (${code}). It must be a PEM file that this user may read.`,
      cause,
    );
  }
}

/** Names the hosts, the ports and the database. */
export function describeDatabase(servers: readonly DatabaseServer[], database: string): string {
  return `PostgreSQL at ${servers.map(describeServer).join(',')}/${database}`;
}

/** Names the servers elsewhere to which a connection may have no TLS; null for none. */
export function openServers(servers: readonly DatabaseServer[], { mode }: DatabaseTls): string | null {
  if (mode !== 'disable' && mode !== 'prefer') return null;
  const open = servers.filter((server) => !isLocal(server)).map(describeServer);
  return open.length === 0 ? null : open.join(',');
}

/** Names the server as the URL does, without the default port. */
export function describeServer(server: DatabaseServer): string {
  if ('path' in server) return server.path;
  const host = server.host.includes(':') ? `[${server.host}]` : server.host;
  return server.port === defaultPort ? host : `${host}:${String(server.port)}`;
}

function isLocal(server: DatabaseServer): boolean {
  return 'path' in server || /^(?:localhost|127(?:\.\d+){3}|::1|.+\.localhost)$/i.test(server.host);
}
