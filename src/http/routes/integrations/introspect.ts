// `POST /introspect`: token introspection by RFC 7662 for services with the scope `introspect`, as a form with one token or
// as JSON with several.

import { z } from 'zod';

import { claimsOf } from '../../../sessions/claims.js';
import { type Service } from '../../../integrations/serviceKeys.js';
import { type SessionOutcome } from '../../../sessions/types.js';
import { parseForm, parseJson, receiveBody } from '../../body.js';
import { type HttpRequest } from '../../route.js';
import { isJson, isUtf8Form } from '../../requestHeaders.js';
import { errorResponses, type HttpResponse } from '../../responses.js';
import { findForService, oauthError } from '../../serviceAuthentication.js';
import { askFor, integrationRoute, type IntegrationParts, jsonResponse } from './parts.js';

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
    return isBatch
      ? introspectAll(parts, exchange, received.bytes)
      : introspectOne(parts, exchange, received.bytes);
  });
}

async function introspectOne(
  parts: IntegrationParts,
  exchange: HttpRequest,
  bytes: Uint8Array,
): Promise<HttpResponse> {
  const asked = await findForService(parts, exchange, 'introspect', async () => {
    const token = parseForm(bytes)?.get('token');
    return token === undefined ? null : askFor(parts, token);
  });
  if (asked.kind === 'refused') return asked.answer;
  const { service, found } = asked;
  if (found === null) return noToken;
  const { outcome, report } = found;
  const reported = { ...report, service: service.name };
  if (outcome.kind === 'unavailable') return { ...errorResponses.busy, report: reported };
  return jsonResponse(describe(parts, service, outcome), reported);
}

async function introspectAll(
  parts: IntegrationParts,
  exchange: HttpRequest,
  bytes: Uint8Array,
): Promise<HttpResponse> {
  const asked = await findForService(parts, exchange, 'introspect', () => askForAll(parts, bytes));
  if (asked.kind === 'refused') return asked.answer;
  const { service, found } = asked;
  if ('answer' in found) return found.answer;
  const { outcomes } = found;
  const report = { service: service.name, tokens: outcomes.length };
  const known = outcomes.filter(isKnown);
  // Never a part of the answers: the service would have to ask again for the rest anyway.
  if (known.length < outcomes.length) return { ...errorResponses.busy, report };
  const results = known.map((outcome) => describe(parts, service, outcome));
  return jsonResponse({ results, at: parts.services.clock.now() }, report);
}

async function askForAll(
  parts: IntegrationParts,
  bytes: Uint8Array,
): Promise<{ readonly outcomes: readonly SessionOutcome[] } | { readonly answer: HttpResponse }> {
  const parsed = parseJson(bytes);
  if (parsed.kind === 'refused') return parsed;
  const { data } = batch.safeParse(parsed.value);
  if (data === undefined) return { answer: noBatch };
  // They share one look-up, since they wait at the same moment.
  const asked = await Promise.all(data.tokens.map((token) => askFor(parts, token)));
  return { outcomes: asked.map(({ outcome }) => outcome) };
}

type KnownOutcome = Exclude<SessionOutcome, { kind: 'unavailable' }>;

function isKnown(outcome: SessionOutcome): outcome is KnownOutcome {
  return outcome.kind !== 'unavailable';
}

/** Makes the answer for one token. An inactive one carries nothing more, except for services with the scope `explain`. */
function describe(parts: IntegrationParts, { scopes }: Service, outcome: KnownOutcome): object {
  if (outcome.kind === 'active') {
    const { user, session } = outcome;
    const claims = claimsOf(parts, user, session);
    return { active: true, token_type: 'Bearer', ...claims, user_methods: user.methods };
  }
  if (!scopes.has('explain')) return { active: false };
  if (outcome.kind === 'anonymous') return { active: false, hufu: { reason: 'NO_TOKEN' } };
  const { reason, at, by } = outcome;
  return { active: false, hufu: { reason, at, by } };
}
