// `POST /introspect`: token introspection by RFC 7662 for services with the scope `introspect`, as a form with one token or
// as JSON with several.

import { z } from 'zod';

import { claimsOf } from '../../../integrations/claims.js';
import { type Service } from '../../../integrations/serviceKeys.js';
import { type SessionOutcome } from '../../../sessions/types.js';
import { parseForm, parseJson, receiveBody } from '../../body.js';
import { isJson, isUtf8Form } from '../../requestHeaders.js';
import { errorResponses, type HttpResponse } from '../../responses.js';
import { authenticateService, oauthError } from '../../serviceAuthentication.js';
import { askFor, type Asked, integrationRoute, type IntegrationParts, jsonResponse } from './parts.js';

/** The most tokens of one request. */
const maxTokens = 100;

const batch = z.object({ tokens: z.array(z.string()).max(maxTokens) });

const mediaType = oauthError(
  415,
  'invalid_request',
  'The body must be application/x-www-form-urlencoded with one token, or application/json with several, in UTF-8.',
);
const noToken = oauthError(400, 'invalid_request', 'The form must be UTF-8 and have a field token.');
const noBatch = oauthError(
  400,
  'invalid_request',
  `The body must be {"tokens": [...]} with at most ${String(maxTokens)} texts.`,
);

export function createIntrospectRoute(parts: IntegrationParts) {
  return integrationRoute('/introspect', 'POST', async (exchange) => {
    const { headers } = exchange.request;
    const contentType = headers['content-type'] ?? '';
    const isBatch = isJson(contentType);
    const received = await receiveBody(exchange, isBatch || isUtf8Form(contentType) ? null : mediaType);
    if (received.kind === 'refused') return received.answer;
    if (!exchange.pending.admit()) return errorResponses.busy;
    const authenticated = await authenticateService(parts, exchange, 'introspect');
    if (authenticated.kind === 'refused') return authenticated.answer;
    const { service } = authenticated;
    return isBatch
      ? introspectAll(parts, service, received.bytes)
      : introspectOne(parts, service, received.bytes);
  });
}

async function introspectOne(
  parts: IntegrationParts,
  service: Service,
  bytes: Uint8Array,
): Promise<HttpResponse> {
  const token = parseForm(bytes)?.get('token');
  if (token === undefined) return noToken;
  const { outcome, report } = await askFor(parts, token);
  const said = { ...report, service: service.name };
  if (outcome.kind === 'unavailable') return { ...errorResponses.busy, report: said };
  return jsonResponse(describe(parts, service, outcome), said);
}

async function introspectAll(
  parts: IntegrationParts,
  service: Service,
  bytes: Uint8Array,
): Promise<HttpResponse> {
  const parsed = parseJson(bytes);
  if (parsed.kind === 'refused') return parsed.answer;
  const { data } = batch.safeParse(parsed.value);
  if (data === undefined) return noBatch;
  // They share one look-up, since they wait at the same moment.
  const asked = await Promise.all(data.tokens.map((token) => askFor(parts, token)));
  const report = { service: service.name, tokens: asked.length };
  const known = asked.map(({ outcome }: Asked) => outcome).filter(isKnown);
  // Never a part of the answers: the service would have to ask again for the rest anyway.
  if (known.length < asked.length) return { ...errorResponses.busy, report };
  const results = known.map((outcome) => describe(parts, service, outcome));
  return jsonResponse({ results, at: parts.services.clock.now() }, report);
}

type KnownOutcome = Exclude<SessionOutcome, { kind: 'unavailable' }>;

function isKnown(outcome: SessionOutcome): outcome is KnownOutcome {
  return outcome.kind !== 'unavailable';
}

/** The answer for one token. An inactive one carries nothing more, except for services that may have it explained. */
function describe(parts: IntegrationParts, { scopes }: Service, outcome: KnownOutcome): object {
  if (outcome.kind === 'active') {
    const { user, session } = outcome;
    return { active: true, token_type: 'Bearer', ...claimsOf(parts, user, session) };
  }
  if (!scopes.has('explain')) return { active: false };
  if (outcome.kind === 'anonymous') return { active: false, hufu: { reason: 'NO_TOKEN' } };
  const { reason, at, by } = outcome;
  return { active: false, hufu: { reason, at, by } };
}
