// `POST /apollo-router`: a coprocessor of Apollo Router for the stage RouterRequest. It puts the session's claims into the
// context, and ends a request whose token was rejected with the error that /graphql gives.

import { setTimeout as wait } from 'node:timers/promises';

import { z } from 'zod';

import { claimsOf } from '../../../sessions/claims.js';
import { parseBearer } from '../../../tokens/bearer.js';
import { parseJson, receiveBody } from '../../body.js';
import { isJson } from '../../requestHeaders.js';
import { errorResponse, errorResponses } from '../../responses.js';
import {
  askFor,
  type SessionAnswer,
  wwwAuthenticateOf,
  integrationRoute,
  type IntegrationParts,
  jsonResponse,
  rejectionBody,
  headerPrefix,
  sessionHeaders,
} from './parts.js';

/** The entry of the context in which the Router looks for claims. */
const claimsKey = 'apollo::authentication::jwt_claims';

const headerMap = z.record(z.string(), z.array(z.string()));

const stageRequest = z.object({
  version: z.literal(1),
  stage: z.literal('RouterRequest'),
  id: z.string().optional(),
  headers: headerMap,
  context: z.looseObject({ entries: z.record(z.string(), z.unknown()) }),
});

type StageRequest = z.output<typeof stageRequest>;

const notUnderstood = errorResponse(
  400,
  'BAD_USER_INPUT',
  'The body must be a RouterRequest of version 1 with its headers and its context.',
);

/** The Router waits 1 s for its coprocessor unless it is told otherwise. */
const answerMs = 800;

export function createApolloRouterRoute(parts: IntegrationParts) {
  return integrationRoute('/apollo-router', 'POST', async (exchange) => {
    const isAccepted = isJson(exchange.request.headers['content-type'] ?? '');
    const received = await receiveBody(exchange, isAccepted ? null : errorResponses.mediaType);
    if (received.kind === 'refused') return received.answer;
    const parsed = parseJson(received.bytes);
    if (parsed.kind === 'refused') return parsed.answer;
    const { data } = stageRequest.safeParse(parsed.value);
    if (data === undefined) return notUnderstood;
    // The Router answers its client with 500 for any status but 200: even a refusal is 200, with the client's in it.
    const asked = exchange.pending.admit() ? await askInTime(parts, tokenOf(data.headers)) : unavailable;
    return jsonResponse(answerOf(parts, data, asked), asked.report);
  });
}

const unavailable: SessionAnswer = {
  outcome: { kind: 'unavailable' },
  report: { outcome: 'SERVICE_UNAVAILABLE' },
};

async function askInTime(parts: IntegrationParts, token: string | null): Promise<SessionAnswer> {
  const answered = new AbortController();
  const late = wait(answerMs, unavailable, { signal: answered.signal }).catch(() => unavailable);
  try {
    return await Promise.race([askFor(parts, token), late]);
  } finally {
    answered.abort();
  }
}

/** Tells whether a header is ours. A server that reads headers as CGI variables takes `x_hufu_user_id` for `x-hufu-user-id`. */
function isOurs(name: string): boolean {
  return name.toLowerCase().replaceAll('_', '-').startsWith(headerPrefix);
}

/** Reads the token. Names may be in any case; several tokens are an invalid one. */
function tokenOf(headers: StageRequest['headers']): string | null {
  const values = Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .flatMap(([, lines]) => lines);
  const [credentials] = values;
  if (credentials === undefined) return null;
  return values.length === 1 ? parseBearer(credentials.trim()) : '';
}

function answerOf(parts: IntegrationParts, asked: StageRequest, { outcome }: SessionAnswer): object {
  const { version, stage, id, headers, context } = asked;
  const head = { version, stage, ...(id === undefined ? {} : { id }) };
  if (outcome.kind === 'rejected' || outcome.kind === 'unavailable') {
    const isRejected = outcome.kind === 'rejected';
    return {
      ...head,
      control: { break: isRejected ? 401 : 503 },
      headers: {
        'content-type': ['application/json'],
        ...(isRejected ? { 'www-authenticate': [wwwAuthenticateOf(outcome)] } : { 'retry-after': ['1'] }),
      },
      // A text: the Router takes an object for an answer of GraphQL, and drops the members that it does not know.
      body: rejectionBody(outcome),
    };
  }
  // The returned map replaces the whole one, so the rest of it is returned as it came.
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !isOurs(name)));
  if (outcome.kind === 'anonymous') return { ...head, control: 'continue', headers: kept };
  const { user, session } = outcome;
  const added = Object.entries(sessionHeaders(user, session)).map(
    ([name, value]) => [name, [value]] as const,
  );
  const claims = claimsOf(parts, user, session);
  return {
    ...head,
    control: 'continue',
    headers: { ...kept, ...Object.fromEntries(added) },
    context: { ...context, entries: { ...context.entries, [claimsKey]: claims } },
  };
}
