// `/hasura`: the authentication webhook of Hasura 2. It has the client's headers, as headers of a GET or in the body of a
// POST, and answers with the session variables of the request.

import { z } from 'zod';

import { type SessionOutcome } from '../../../sessions/types.js';
import { parseBearer } from '../../../tokens/bearer.js';
import { parseJson, receiveBody } from '../../body.js';
import { type HttpRequest } from '../../route.js';
import { hasDuplicateHeader, isJson, readBearer } from '../../requestHeaders.js';
import { errorResponse, errorResponses, type HttpResponse } from '../../responses.js';
import { askFor, type IntegrationParts, integrationRoute, jsonResponse, refusalOf } from './parts.js';

/** The roles that there are: a user with a live session, and any client. */
const userRole = 'user';
const anonymousRole = 'anonymous';

const body = z.object({ headers: z.record(z.string(), z.unknown()) });

const noHeaders = errorResponse(
  400,
  'BAD_USER_INPUT',
  "The body must be a JSON object with the client's headers as `headers`.",
);
const roleDenied = errorResponse(401, 'BAD_USER_INPUT', 'The user does not have this role.');

/** The client's headers that the webhook reads. */
interface Asking {
  readonly token: string | null;
  /** The role that the client asks for; null where it names none. */
  readonly role: string | null;
}

type ReadAsking = Asking | { readonly answer: HttpResponse | null };

export function createHasuraRoute(parts: IntegrationParts) {
  return integrationRoute('/hasura', 'GET, POST', async (exchange) => {
    const asking = exchange.request.method === 'POST' ? await readPosted(exchange) : readHeaders(exchange);
    if ('answer' in asking) return asking.answer;
    if (!exchange.pending.admit()) return errorResponses.busy;
    const { outcome, report } = await askFor(parts, asking.token);
    // A client whose session has ended is told so, and not served as a stranger.
    if (outcome.kind === 'rejected' || outcome.kind === 'unavailable') return refusalOf(outcome, report);
    const roles = outcome.kind === 'active' ? [userRole, anonymousRole] : [anonymousRole];
    const role = asking.role ?? roles[0] ?? anonymousRole;
    if (!roles.includes(role)) return { ...roleDenied, report };
    return jsonResponse(variablesOf(parts, outcome, role), report);
  });
}

/** Makes the session variables, which must be texts. */
function variablesOf(
  { services, hasuraMaxAgeSeconds }: IntegrationParts,
  outcome: SessionOutcome,
  role: string,
): Readonly<Record<string, string>> {
  if (outcome.kind !== 'active' || role === anonymousRole) return { 'X-Hasura-Role': anonymousRole };
  const { user, session } = outcome;
  const leftMs = session.expiresAt.getTime() - services.clock.now().getTime();
  const maxAge = Math.max(1, Math.min(hasuraMaxAgeSeconds, Math.floor(leftMs / 1_000)));
  return {
    'X-Hasura-User-Id': user.id,
    'X-Hasura-Role': role,
    'X-Hasura-Session-Id': session.id,
    // In the body: Hasura closes a websocket after this time, and a client that connects again is asked for again.
    'Cache-Control': `max-age=${String(maxAge)}`,
  };
}

function readHeaders({ request: { headers, rawHeaders } }: HttpRequest): ReadAsking {
  const role = headers['x-hasura-role'];
  if (hasDuplicateHeader(rawHeaders, 'x-hasura-role')) return { answer: roleDenied };
  return {
    token: readBearer(headers.authorization, rawHeaders),
    role: typeof role === 'string' ? role : null,
  };
}

async function readPosted(exchange: HttpRequest): Promise<ReadAsking> {
  const isAccepted = isJson(exchange.request.headers['content-type'] ?? '');
  const received = await receiveBody(exchange, isAccepted ? null : errorResponses.mediaType);
  if (received.kind === 'refused') return { answer: received.answer };
  const parsed = parseJson(received.bytes);
  if (parsed.kind === 'refused') return { answer: parsed.answer };
  const { data } = body.safeParse(parsed.value);
  if (data === undefined) return { answer: noHeaders };
  const named = (wanted: string) =>
    Object.entries(data.headers).filter(([name]) => name.toLowerCase() === wanted);
  const tokens = named('authorization');
  const [token] = tokens.map(([, value]) => value);
  const roles = named('x-hasura-role');
  const [role = null] = roles.map(([, value]) => value);
  if (roles.length > 1 || (role !== null && typeof role !== 'string')) return { answer: roleDenied };
  if (tokens.length === 0) return { token: null, role };
  return { token: tokens.length === 1 && typeof token === 'string' ? parseBearer(token.trim()) : '', role };
}
