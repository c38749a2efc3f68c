// Authenticates the service that sends a request: its key as HTTP Basic, with the service's name, or as a bearer token (RFC
// 6749 section 2.3.1, RFC 6750). Missing, malformed, unknown, wrong and disabled credentials get one answer, and wrong ones are
// counted.

import { ServiceUnavailableError } from '../common/errors.js';
import { type Database } from '../db/database.js';
import {
  type Service,
  type ServiceCredentials,
  type ServiceScope,
  type ServiceVerifier,
} from '../integrations/serviceKeys.js';
import { type RateLimits } from '../rateLimit/rateLimits.js';
import { parseBearer } from '../tokens/bearer.js';
import { hasDuplicateHeader } from './requestHeaders.js';
import { type HttpRequest } from './route.js';
import { errorResponses, type HttpResponse, jsonType } from './responses.js';

export interface ServiceAuthenticationParts {
  readonly verifier: Pick<ServiceVerifier, 'verify' | 'wasRight'>;
  readonly rateLimits: Pick<RateLimits, 'wrongServiceKey'>;
  readonly database: Pick<Database, 'read'>;
}

interface Refused {
  readonly kind: 'refused';
  readonly answer: HttpResponse;
}

export type ServiceAuthentication = { readonly kind: 'service'; readonly service: Service } | Refused;

export type FoundForService<T> =
  { readonly kind: 'found'; readonly service: Service; readonly found: T } | Refused;

/** Makes an answer that is an error of OAuth 2.0 (RFC 6749 section 5.2). */
export function oauthError(
  status: number,
  error: string,
  description: string,
  headers: readonly string[] = [],
): HttpResponse {
  const body = `${JSON.stringify({ error, error_description: description })}\n`;
  return { status, headers: [...jsonType, ...headers], body };
}

const invalidClient = oauthError(
  401,
  'invalid_client',
  'The credentials of the service are missing or are not accepted.',
  [
    'www-authenticate',
    'Basic realm="hufu", charset="UTF-8"',
    'www-authenticate',
    'Bearer realm="hufu", error="invalid_token"',
  ],
);

const insufficientScope = oauthError(
  403,
  'insufficient_scope',
  'The service does not have the scope that this needs.',
);

/**
 * Authenticates the service that sends a request, and checks its scope.
 *
 * A right key is never refused for wrong ones: services behind one IP cannot lock each other out, and a key of 256 bits
 * cannot be guessed.
 */
export function authenticateService(
  parts: ServiceAuthenticationParts,
  exchange: Exchange,
  scope: ServiceScope,
): Promise<ServiceAuthentication> {
  return accept(parts, exchange, scope, readCredentials(exchange));
}

/**
 * Authenticates a service, and looks up what it asks for at the same time, in one round trip, where the key was right the last
 * time: a stranger causes no look-up. Nothing is given before the key is known to be right.
 */
export async function findForService<T>(
  parts: ServiceAuthenticationParts,
  exchange: Exchange,
  scope: ServiceScope,
  find: () => Promise<T>,
): Promise<FoundForService<T>> {
  const credentials = readCredentials(exchange);
  const early = credentials && parts.verifier.wasRight(credentials, scope) ? find() : null;
  // Where the key is refused, nothing waits for the look-up.
  early?.catch(() => undefined);
  const authenticated = await accept(parts, exchange, scope, credentials);
  if (authenticated.kind === 'refused') return authenticated;
  return { kind: 'found', service: authenticated.service, found: await (early ?? find()) };
}

type Exchange = Pick<HttpRequest, 'request' | 'pending'>;

async function accept(
  { verifier, rateLimits, database }: ServiceAuthenticationParts,
  { pending }: Exchange,
  scope: ServiceScope,
  credentials: ServiceCredentials | null | undefined,
): Promise<ServiceAuthentication> {
  if (credentials === undefined) return refused(invalidClient);
  try {
    const service = credentials && (await verifier.verify(credentials));
    if (service !== null)
      return service.scopes.has(scope) ? { kind: 'service', service } : refused(insufficientScope);
    const limited = await rateLimits.wrongServiceKey(database, pending.ip);
    return refused(limited === null ? invalidClient : tooMany);
  } catch (error) {
    if (error instanceof ServiceUnavailableError) return refused(errorResponses.busy);
    throw error;
  }
}

const tooMany = oauthError(429, 'invalid_client', 'Too many wrong credentials came from this network.', [
  'retry-after',
  '60',
]);

function refused(answer: HttpResponse): Refused {
  return { kind: 'refused', answer };
}

const basic = /^basic +([a-z\d+/]+={0,2})$/i;

/** Reads the credentials; undefined where there are none, or several; null where they can be no key. */
function readCredentials({ request }: Exchange): ServiceCredentials | null | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined || hasDuplicateHeader(request.rawHeaders, 'authorization'))
    return undefined;
  const encoded = basic.exec(authorization)?.[1];
  if (encoded === undefined) {
    const key = parseBearer(authorization);
    return key === null || key === '' ? null : { name: null, key };
  }
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 ? null : { name: pair.slice(0, colon), key: pair.slice(colon + 1) };
}
