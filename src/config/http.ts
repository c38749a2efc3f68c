// Settings of the two ports: their hosts, the web origins and the proxies that the node trusts, and the times of connections.

import { isIP } from 'node:net';

import { z } from 'zod';

import { OperatorError } from '../common/errors.js';
import { listOf, portOrNone, text, wholeNumber, wholeNumberOrNone } from './values.js';

/** How long a production node goes on serving after SIGTERM, so that load balancers can notice. */
const productionShutdownDelaySeconds = 5;

const maxTrustedProxies = 16;
const maxTrustedNetworks = 64;

export const httpSettings = {
  PORT: wholeNumber(0, 65_535, 4000),
  HOST: text('127.0.0.1'),
  METRICS_PORT: portOrNone,
  METRICS_HOST: text('127.0.0.1'),
  CORS_ORIGINS: z
    .string()
    .transform((value) => listOf(value).map(parseOrigin))
    .refine((origins) => origins.every((origin) => origin !== null))
    .transform((origins) => origins.filter((origin) => origin !== null))
    .default([])
    .meta({
      allowed:
        'origins such as https://app.example.com or capacitor://localhost, separated by commas. Each has a scheme, ' +
        'a host and perhaps a port, and no path. Patterns such as * are not supported: list each origin in full',
    }),
  TRUST_PROXY: z
    .string()
    .transform(readTrustedProxies)
    .refine((trusted) => trusted !== null)
    .default(0)
    .meta({
      allowed:
        `the number of proxies in front of the node, 0 to ${String(maxTrustedProxies)}, or their IPs and networks, ` +
        'separated by commas, such as 10.0.0.0/8, fd00::/8',
    }),
  KEEP_ALIVE_SECONDS: wholeNumber(1, 86_400, 3_660),
  SHUTDOWN_DELAY_SECONDS: wholeNumberOrNone(0, 3_600),
};

type Read = Readonly<z.output<z.ZodObject<typeof httpSettings>>>;

export function httpConfig(read: Read, production: boolean) {
  return {
    http: {
      port: read.PORT,
      host: read.HOST,
      corsOrigins: read.CORS_ORIGINS,
      /** How many proxies in front of the node are believed, or which. */
      trustProxy: read.TRUST_PROXY,
      keepAliveSeconds: read.KEEP_ALIVE_SECONDS,
      shutdownDelaySeconds: read.SHUTDOWN_DELAY_SECONDS ?? (production ? productionShutdownDelaySeconds : 0),
    },
    /** Null for no metrics. */
    metrics: read.METRICS_PORT === undefined ? null : { port: read.METRICS_PORT, host: read.METRICS_HOST },
  } as const;
}

/** Finds ports that cannot both be listened to. */
export function httpMistakes(read: Read): readonly OperatorError[] {
  if (!isSamePort(read)) return [];
  const remedy = 'it is the same as PORT. Set another METRICS_PORT, or another METRICS_HOST.';
  return [new OperatorError('METRICS_PORT', remedy)];
}

/** Tells whether two listeners would need the same port of the same interface. */
function isSamePort({ PORT, HOST, METRICS_PORT, METRICS_HOST }: Read): boolean {
  if (METRICS_PORT === undefined || METRICS_PORT === 0 || METRICS_PORT !== PORT) return false;
  const every = new Set(['0.0.0.0', '::']);
  return HOST === METRICS_HOST || every.has(HOST) || every.has(METRICS_HOST);
}

/** Reads a count, or networks in CIDR notation; null for anything else. */
function readTrustedProxies(value: string): number | readonly string[] | null {
  if (/^\d+$/.test(value.trim())) {
    const count = Number(value);
    return count <= maxTrustedProxies ? count : null;
  }
  const networks = listOf(value);
  return networks.length > 0 && networks.length <= maxTrustedNetworks && networks.every(isNetwork)
    ? networks
    : null;
}

/** Tells whether a text is an IP or a network. A network of every IP is refused: each client could then write its own IP. */
function isNetwork(value: string): boolean {
  const [ip = '', bits, ...more] = value.split('/');
  const family = isIP(ip);
  if (family === 0 || ip.includes('%') || more.length > 0) return false;
  if (bits === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** Schemes whose pages have no origin of their own (browsers send `null`), or that no page is opened by. */
const schemesWithoutPages = new Set(['file', 'data', 'blob', 'about', 'javascript', 'ws', 'wss', 'ftp']);

/** A host once `URL` has read it: letters, digits, dots; or an IPv6 in brackets. */
const host = /^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_.])?|\[[0-9a-f:.]+\])$/;

/** Apps and extensions name themselves, and write their origin as it stands in their settings. */
const ofApp = /^([a-z][a-z0-9+.-]*):\/\/(?:[A-Za-z0-9._~-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/;

const maxCharacters = 255;

/**
 * Reads an origin as a browser sends it; null for a text that no browser sends: a pattern, a path, `null`.
 *
 * Web origins are brought into the browser's spelling: lower case, Punycode, no default port, no slash at the end.
 */
export function parseOrigin(value: string): string | null {
  if (value.length > maxCharacters) return null;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
  if (scheme === undefined || schemesWithoutPages.has(scheme)) return null;
  return scheme === 'http' || scheme === 'https' ? parseWebOrigin(value) : parseAppOrigin(value);
}

function parseWebOrigin(value: string): string | null {
  // `URL` reads backslashes as slashes, drops tabs and line ends, and forgives a missing slash.
  if (!/^https?:\/\/[^\s\\/?#@%]+\/?$/i.test(value) || !URL.canParse(value)) return null;
  const { origin, hostname } = new URL(value);
  return host.test(hostname) ? origin : null;
}

function parseAppOrigin(value: string): string | null {
  const [, , port = '0'] = ofApp.exec(value) ?? [];
  return ofApp.test(value) && Number(port) <= 65_535 ? value : null;
}
