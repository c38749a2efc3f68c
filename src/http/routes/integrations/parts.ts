// The parts that the routes of integrations share: a session is looked up as for /graphql, and noted in the log, the metrics
// and the trace in the same way.

import { type IncomingMessage } from 'node:http';

import { ServiceUnavailableError } from '../../../common/errors.js';
import { rejection } from '../../../graphql/errors.js';
import { traced, tracedRequest } from '../../../observability/tracing.js';
import { authenticate } from '../../../sessions/authenticate.js';
import { type SessionServices } from '../../../sessions/services.js';
import { type Session, type SessionOutcome } from '../../../sessions/types.js';
import { type User } from '../../../users/types.js';
import { type HttpRequest, type Route } from '../../route.js';
import { errorResponses, type HttpResponse, jsonType } from '../../responses.js';
import { type ServiceAuthenticationParts } from '../../serviceAuthentication.js';

export interface IntegrationParts extends ServiceAuthenticationParts {
  readonly services: SessionServices;
  readonly issuer: string;
  readonly audience: string;
  readonly hasuraMaxAgeSeconds: number;
}

export interface IntegrationRoute extends Route {
  readonly path: string;
}

/** Part of the request's line in the log. */
export interface SessionReport {
  readonly outcome: 'OK' | 'ANONYMOUS' | 'UNAUTHENTICATED' | 'SERVICE_UNAVAILABLE';
  /** Why the presented token was rejected. */
  readonly reason?: string;
  readonly userId?: string;
  readonly sessionId?: string;
}

export interface SessionAnswer {
  readonly outcome: SessionOutcome;
  readonly report: SessionReport;
}

/** Authenticates a token now. Never throws for a bad token. */
export async function askFor({ services }: IntegrationParts, token: string | null): Promise<SessionAnswer> {
  const outcome = await traced('session.resolve', () => authenticate(services, token));
  if (outcome.kind === 'rejected') services.metrics.count('rejected_tokens', { reason: outcome.reason });
  return { outcome, report: reportOf(outcome) };
}

function reportOf(outcome: SessionOutcome): SessionReport {
  switch (outcome.kind) {
    case 'active':
      return { outcome: 'OK', userId: outcome.user.id, sessionId: outcome.session.id };
    case 'anonymous':
      return { outcome: 'ANONYMOUS' };
    case 'rejected':
      return { outcome: 'UNAUTHENTICATED', reason: outcome.reason };
    case 'unavailable':
      return { outcome: 'SERVICE_UNAVAILABLE' };
  }
}

/** Makes the body of the error for a request without a live session, as /graphql words it. */
export function rejectionBody(outcome: Exclude<SessionOutcome, { kind: 'active' }>): string {
  const { message, extensions } = rejection(outcome);
  return JSON.stringify({ errors: [{ message, extensions }] });
}

/** Makes the value of the WWW-Authenticate header (RFC 6750 section 3). */
export function wwwAuthenticateOf({ kind }: SessionOutcome): string {
  return kind === 'rejected' ? 'Bearer realm="hufu", error="invalid_token"' : 'Bearer realm="hufu"';
}

/** Refuses a request without a live session: 401 with the reason, or 503 where the database cannot tell. */
export function refusalOf(
  outcome: Exclude<SessionOutcome, { kind: 'active' }>,
  report: SessionReport,
): HttpResponse {
  if (outcome.kind === 'unavailable') return { ...errorResponses.busy, report };
  const reason = outcome.kind === 'anonymous' ? 'NO_TOKEN' : outcome.reason;
  const headers = [...jsonType, 'www-authenticate', wwwAuthenticateOf(outcome), 'x-hufu-reason', reason];
  return { status: 401, headers, body: `${rejectionBody(outcome)}\n`, report };
}

export function jsonResponse(value: unknown, report: object): HttpResponse {
  return { status: 200, headers: jsonType, body: `${JSON.stringify(value)}\n`, report };
}

/** Makes a route whose work is one span of the caller's trace; an outage of the database is 503. */
export function integrationRoute(
  path: string,
  allow: string,
  work: (exchange: HttpRequest) => Promise<HttpResponse | null>,
): IntegrationRoute {
  const attempt = async (exchange: HttpRequest) => {
    try {
      return await work(exchange);
    } catch (error) {
      if (error instanceof ServiceUnavailableError) return errorResponses.busy;
      throw error;
    }
  };
  return {
    path,
    allow,
    answer: (exchange) =>
      tracedRequest(path.slice(1), traceHeaders(exchange.request), () => attempt(exchange)),
  };
}

function traceHeaders({ headers }: IncomingMessage): readonly (readonly [string, string])[] {
  return ['traceparent', 'tracestate'].flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
}

/**
 * The prefix of the headers that tell servers behind a gateway whose request it is. A gateway must never pass on one that a
 * client has sent.
 */
export const headerPrefix = 'x-hufu-';

export function sessionHeaders(user: User, session: Session): Readonly<Record<string, string>> {
  return {
    'x-hufu-user-id': user.id,
    'x-hufu-session-id': session.id,
    'x-hufu-email': asHeader(user.email),
    'x-hufu-methods': session.methods.join(','),
  };
}

/** UTF-8 as Node writes it: a header's characters are bytes (RFC 9110 section 5.5). */
function asHeader(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
