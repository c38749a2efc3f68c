// Whatever a host's server calls a request, as plain values.

import type { IncomingMessage } from 'node:http';

import { createClientIp, plainIp, type TrustedProxies } from '../http/clientIp.js';
import { readBearer, readRequestId, readUserAgent } from '../http/requestHeaders.js';
import { parseBearer } from '../tokens/bearer.js';
import type { ClientInfo } from '../users/users.js';

type NodeRequest = Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'socket'>;

/** A request of Fetch, native or not. */
interface FetchRequest {
  readonly headers: { get(name: string): string | null };
  readonly signal?: AbortSignal | null;
}

/** A request of Node's http, as Express, Koa and Nest have it; of Fastify; or of Fetch, as Yoga, Next.js and Hono have it. */
export type HostRequest = NodeRequest | { readonly raw: NodeRequest } | FetchRequest;

/** What a host knows of a request better than the request itself. */
export interface KnownOfRequest {
  /** The client's IP. A request of Fetch has none. */
  readonly ip?: string | null;
}

/** A request as plain values. */
export interface PlainRequest {
  readonly requestId: string;
  readonly bearer: string | null;
  readonly clientInfo: ClientInfo;
  readonly isAbandoned: () => boolean;
}

/** Makes the reader of a host's requests. */
export function createRequestReader(
  trustProxy: TrustedProxies,
): (request: HostRequest, known?: KnownOfRequest) => PlainRequest {
  const clientIp = createClientIp(trustProxy);

  return (given, { ip } = {}) => {
    if (!isObject(given)) throw new TypeError(noRequest);
    const request = 'raw' in given && isNodeRequest(given.raw) ? given.raw : given;
    if (isFetchRequest(request)) {
      const { headers, signal } = request;
      return {
        requestId: readRequestId(headers.get('x-request-id') ?? undefined),
        bearer: parseBearer(headers.get('authorization') ?? ''),
        clientInfo: { ip: ip ?? null, userAgent: readUserAgent(headers.get('user-agent') ?? undefined) },
        isAbandoned: () => signal?.aborted === true,
      };
    }
    if (!isNodeRequest(request)) throw new TypeError(noRequest);
    const { headers, rawHeaders, socket } = request;
    return {
      requestId: readRequestId(headers['x-request-id']),
      bearer: readBearer(headers.authorization, rawHeaders),
      clientInfo: {
        ip:
          ip ??
          (socket.remoteAddress === undefined ? null : clientIp(plainIp(socket.remoteAddress), headers)),
        userAgent: readUserAgent(headers['user-agent']),
      },
      isAbandoned: () => socket.destroyed,
    };
  };
}

const noRequest =
  "hufu.context() takes the server's request: one of Node's http, Express, Fastify or Koa, or one of Fetch.";

/** A host without types may pass anything. */
function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null;
}

function isFetchRequest(request: object): request is FetchRequest {
  if (!('headers' in request)) return false;
  const { headers } = request;
  return (
    typeof headers === 'object' && headers !== null && 'get' in headers && typeof headers.get === 'function'
  );
}

function isNodeRequest(request: object): request is NodeRequest {
  return 'headers' in request && 'rawHeaders' in request && 'socket' in request;
}
