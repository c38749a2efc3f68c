// What a host's resolvers get: `context.hufu`, one frozen object, and `context.user`. It is made of whatever the host's
// server calls a request.

import { type IncomingMessage } from 'node:http';

import { type AccountServices } from '../auth/services.js';
import {
  createContext,
  RequestContext,
  requireFresh as requireFreshOf,
  requireSession as requireSessionOf,
  type SubscriptionEvents,
} from '../graphql/context.js';
import { createNotes } from '../graphql/telemetry.js';
import { createClientIp, plainIp, type TrustedProxies } from '../http/clientIp.js';
import { readBearer, readRequestId, readUserAgent } from '../http/requestHeaders.js';
import { type Freshness } from '../sessions/freshness.js';
import { type Session, type SessionOutcome } from '../sessions/types.js';
import { parseBearer } from '../tokens/sessionToken.js';
import { type ClientInfo, type User } from '../users/users.js';

/** Who asks, as it was found once before the operation. */
export interface HufuContext {
  /** In the log, and in the error of a fault. */
  readonly requestId: string;
  /** What the request's token is worth: anonymous, rejected with its reason, active or unavailable. */
  readonly session: SessionOutcome;
  /** The user of an active session; null otherwise. */
  readonly user: User | null;
  readonly clientInfo: ClientInfo;
}

/** The part of a host's context that is Hufu's. It may be spread into another object. */
export interface HostContext {
  readonly hufu: HufuContext;
  /** The same as `hufu.user`. */
  readonly user: User | null;
}

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

/** Makes the context of one operation. Never throws, neither for a bad token nor for a database that cannot be reached. */
export async function createHostContext(
  services: AccountServices,
  request: PlainRequest,
  events: SubscriptionEvents | null,
): Promise<HostContext> {
  const hufu = await createContext(services, request, createNotes(), () => true, events);
  const { session } = hufu;
  if (session.kind === 'rejected') services.metrics.count('rejected_tokens', { reason: session.reason });
  return { hufu: Object.freeze(hufu), user: hufu.user };
}

/**
 * Returns the signed-in user.
 *
 * @throws GraphQLError `UNAUTHENTICATED` with the reason, or `SERVICE_UNAVAILABLE` when the database cannot tell
 */
export function requireUser(context: Pick<HostContext, 'hufu'>): User {
  return requireSession(context).user;
}

/** Returns the signed-in user and the session of the request's token. Throws as {@link requireUser} does. */
export function requireSession(context: Pick<HostContext, 'hufu'>): {
  readonly user: User;
  readonly session: Session;
} {
  return requireSessionOf(contextOf(context));
}

/**
 * Returns the signed-in user and the session, if the person has proved a short while ago who they are.
 *
 * @param needed how old the proof may be, 10 minutes when left out, and of which methods one must have been part of it
 * @throws GraphQLError `STEP_UP_REQUIRED` when the proof is older or weaker, and whatever {@link requireUser} throws
 */
export function requireFresh(
  context: Pick<HostContext, 'hufu'>,
  needed?: Partial<Freshness>,
): ReturnType<typeof requireSession> {
  return requireFreshOf(contextOf(context), needed);
}

/** Finds Hufu's part of a host's context. */
export function contextOf(context: unknown): RequestContext {
  const hufu =
    typeof context === 'object' && context !== null && 'hufu' in context ? context.hufu : undefined;
  if (hufu instanceof RequestContext) return hufu;
  throw new Error(
    'The context has no `hufu`. Spread what hufu.context(request) resolves to into the context.',
  );
}
