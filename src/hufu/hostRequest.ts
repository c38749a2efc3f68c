// Reads the request of a host's server, of whichever framework, as plain values.

import type { IncomingMessage } from 'node:http';

import { isIP } from 'node:net';

import { createClientIp, parseHop, plainIp, type TrustedProxies } from '../http/clientIp.js';
import { readBearer, readRequestId, readUserAgent } from '../http/requestHeaders.js';
import { parseBearer } from '../tokens/bearer.js';
import type { ClientInfo } from '../users/types.js';

type NodeRequest = Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'socket'>;

/** A request of Fetch, native or not. */
interface FetchRequest {
  readonly headers: { get(name: string): string | null };
  readonly signal?: AbortSignal | null;
}

type PlatformRequest = NodeRequest | FetchRequest;

/**
 * A request of Node's http, as Express and Nest have it, or of Fetch, as Yoga and Next.js have it; or a framework's own, which
 * has one of them as `raw`, as in Fastify and Hono, or as `req`, as in Koa.
 */
export type HostRequest =
  PlatformRequest | { readonly raw: PlatformRequest } | { readonly req: PlatformRequest };

/** Facts that a host knows better than the request itself. */
export interface KnownOfRequest {
  /** The client's IP; another text does not count. A request of Fetch tells its own only behind counted proxies. */
  readonly ip?: string | null;
}

/** A request as plain values. */
export interface PlainRequest {
  readonly requestId: string;
  readonly bearer: string | null;
  readonly clientInfo: ClientInfo;
  readonly isAbandoned: () => boolean;
}

/**
 * Makes the reader of a host's requests.
 *
 * @param warn called once when requests do not say which client they are from, so that all share one budget of attempts
 */
export function createRequestReader(
  trustProxy: TrustedProxies,
  warn: (what: string) => void = () => undefined,
): (request: HostRequest, known?: KnownOfRequest | null) => PlainRequest {
  let warned = false;
  const warnOnce = (what: string) => {
    if (!warned) warn(`http.trustProxy: ${what}, so all clients count as one. ${remedy}`);
    warned = true;
  };
  const clientIp = createClientIp(trustProxy, (ip) => {
    warnOnce(`the proxy at ${ip} is not trusted`);
  });
  /** Without the IP of the connection, only proxies that are counted can be trusted. */
  const forwardedIp = (forwardedFor: string | null, what = 'a request of Fetch') => {
    const isCounted = typeof trustProxy === 'number' && trustProxy > 0;
    const ip = isCounted ? clientIp('', { 'x-forwarded-for': forwardedFor ?? '' }) : '';
    if (ip !== '') return ip;
    warnOnce(`${what} does not say which IP it is from`);
    return null;
  };
  const connectionIp = ({ headers, socket }: NodeRequest) => {
    const own = plainIp(socket.remoteAddress ?? '');
    if (isIP(own) !== 0) return clientIp(own, headers);
    // A connection that is gone has no IP any more.
    if (socket.destroyed) return null;
    return forwardedIp(String(headers['x-forwarded-for'] ?? ''), 'a connection that is none of TCP');
  };

  return (given, known) => {
    const ip = typeof known?.ip === 'string' ? parseHop(known.ip) : null;
    if (!isObject(given)) throw new TypeError(noRequest);
    const request = platformRequestOf(given);
    if (isFetchRequest(request)) {
      const { headers, signal } = request;
      return {
        requestId: readRequestId(headers.get('x-request-id') ?? undefined),
        bearer: parseBearer(headers.get('authorization') ?? ''),
        clientInfo: {
          ip: ip ?? forwardedIp(headers.get('x-forwarded-for')),
          userAgent: readUserAgent(headers.get('user-agent') ?? undefined),
        },
        isAbandoned: () => signal?.aborted === true,
      };
    }
    const { headers, rawHeaders, socket } = request;
    return {
      requestId: readRequestId(headers['x-request-id']),
      bearer: readBearer(headers.authorization, rawHeaders),
      clientInfo: {
        ip: ip ?? connectionIp(request),
        userAgent: readUserAgent(headers['user-agent']),
      },
      isAbandoned: () => socket.destroyed,
    };
  };
}

const remedy =
  "Set it to the number of proxies in front of the server, or pass the client's IP as { ip } to hufu.context().";

const noRequest =
  "hufu.context() takes the server's request: one of Node's http, Express, Fastify, Koa or Hono, or one of Fetch.";

/** Tells whether the request is an object: a host without types may pass anything. */
function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null;
}

/** @throws TypeError where there is none */
function platformRequestOf(given: object): PlatformRequest {
  const { raw, req } = given as { readonly raw?: unknown; readonly req?: unknown };
  const found = [given, raw, req]
    .filter(isObject)
    .find((value) => isNodeRequest(value) || isFetchRequest(value));
  if (found === undefined) throw new TypeError(noRequest);
  return found;
}

function isFetchRequest(request: object): request is FetchRequest {
  if (!('headers' in request)) return false;
  const { headers } = request;
  return (
    typeof headers === 'object' && headers !== null && 'get' in headers && typeof headers.get === 'function'
  );
}

function isNodeRequest(request: object): request is NodeRequest {
  const { headers, rawHeaders, socket } = request as Readonly<Record<keyof NodeRequest, unknown>>;
  return isObject(headers) && Array.isArray(rawHeaders) && isObject(socket);
}
