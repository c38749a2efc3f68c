// The routes for servers that verify by themselves: the public keys, the server's metadata, and a ticket for a user's token.

import { ServiceUnavailableError } from '../../common/errors.js';
import { authenticate } from '../../sessions/authenticate.js';
import { type SessionServices } from '../../sessions/services.js';
import { type Tickets } from '../../tickets/tickets.js';
import { readForm } from '../body.js';
import { type HttpRequest, type Route } from '../route.js';
import { errorResponses, type HttpResponse, jsonType } from '../responses.js';
import { findForService, oauthError, type ServiceAuthenticationParts } from '../serviceAuthentication.js';

export interface TicketRoutesParts {
  readonly tickets: Pick<Tickets, 'mint' | 'published'>;
  readonly sessions: SessionServices;
  /** The `iss` of tickets. */
  readonly issuer: string;
  readonly serviceAuthentication: ServiceAuthenticationParts;
  /** The URL at which clients reach the node, without a slash at the end. */
  readonly url: () => string;
}

/** Hasura reads the keys again only where their answer says for how long it may be kept. */
const keysMaxAgeSeconds = 300;

const paths = {
  keys: '/.well-known/jwks.json',
  metadata: '/.well-known/oauth-authorization-server',
  token: '/token',
} as const;

export function createTicketRoutes(parts: TicketRoutesParts): readonly (Route & { readonly path: string })[] {
  return [
    { path: paths.keys, allow: 'GET, HEAD', answer: createKeysAnswer(parts.tickets) },
    { path: paths.metadata, allow: 'GET, HEAD', answer: () => metadata(parts) },
    { path: paths.token, allow: 'POST', answer: (exchange) => exchangeToken(parts, exchange) },
  ];
}

/** Requests at the same time share one look at the database. */
function createKeysAnswer({ published }: Pick<Tickets, 'published'>): Route['answer'] {
  let asked: Promise<HttpResponse> | null = null;
  const ask = async (): Promise<HttpResponse> => {
    try {
      return publicJson({ keys: await published() });
    } catch (error) {
      if (error instanceof ServiceUnavailableError) return errorResponses.busy;
      throw error;
    } finally {
      asked = null;
    }
  };
  return ({ pending }) => (pending.admit() ? (asked ??= ask()) : errorResponses.busy);
}

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Authorization Server Metadata (RFC 8414 section 2). */
function metadata({ issuer, url }: TicketRoutesParts): HttpResponse {
  return publicJson({
    issuer,
    jwks_uri: `${url()}${paths.keys}`,
    token_endpoint: `${url()}${paths.token}`,
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
    grant_types_supported: [tokenExchange],
    // There is no authorization endpoint.
    response_types_supported: [],
  });
}

function publicJson(value: object): HttpResponse {
  return {
    status: 200,
    headers: jsonType,
    body: `${JSON.stringify(value)}\n`,
    maxAgeSeconds: keysMaxAgeSeconds,
  };
}

const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
const jwt = 'urn:ietf:params:oauth:token-type:jwt';

const refusals = {
  grantType: oauthError(400, 'unsupported_grant_type', `The grant_type must be ${tokenExchange}.`),
  subjectTokenType: oauthError(400, 'invalid_request', `The subject_token_type must be ${accessToken}.`),
  requestedType: oauthError(400, 'invalid_request', `The requested_token_type must be ${jwt}.`),
  actor: oauthError(400, 'invalid_request', 'An actor_token is not supported.'),
  subjectToken: oauthError(400, 'invalid_request', 'The subject_token names no live session.'),
  target: oauthError(400, 'invalid_target', 'There are no tickets for this audience.'),
} as const;

/** Refuses a request for another exchange than the one there is. */
function refusalOf(fields: ReadonlyMap<string, string>): HttpResponse | null {
  if (fields.get('grant_type') !== tokenExchange) return refusals.grantType;
  if (fields.get('subject_token_type') !== accessToken) return refusals.subjectTokenType;
  if ((fields.get('requested_token_type') ?? jwt) !== jwt) return refusals.requestedType;
  return fields.has('actor_token') ? refusals.actor : null;
}

/** Exchanges a user's session token for a ticket, for a service that calls another one (RFC 8693). */
async function exchangeToken(
  { tickets, sessions, serviceAuthentication }: TicketRoutesParts,
  exchange: HttpRequest,
): Promise<HttpResponse | null> {
  const read = await readForm(exchange);
  if (read.kind === 'refused') return read.answer;
  const { fields } = read;
  const asked = await findForService(
    serviceAuthentication,
    exchange,
    'tickets',
    async () => refusalOf(fields) ?? authenticate(sessions, fields.get('subject_token') ?? null),
  );
  if (asked.kind === 'refused') return asked.answer;
  const { service, found: outcome } = asked;
  if ('status' in outcome) return outcome;
  if (outcome.kind === 'unavailable') return errorResponses.busy;
  if (outcome.kind !== 'active') return refusals.subjectToken;

  try {
    const minted = await tickets.mint(outcome.session, fields.get('audience') ?? '', service.name);
    if (minted.kind === 'audienceNotAllowed') return refusals.target;
    const expiresInMs = minted.expiresAt.getTime() - sessions.clock.now().getTime();
    const answer = {
      access_token: minted.ticket,
      issued_token_type: jwt,
      token_type: 'Bearer',
      expires_in: Math.max(0, Math.floor(expiresInMs / 1_000)),
    };
    return { status: 200, headers: jsonType, body: `${JSON.stringify(answer)}\n` };
  } catch (error) {
    if (error instanceof ServiceUnavailableError) return errorResponses.busy;
    throw error;
  }
}
