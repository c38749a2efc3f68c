// A request to /graphql as plain values, handed to whatever executes it, and its answer as plain values back.

import { type IncomingMessage } from 'node:http';

import { type AnswerType } from '../../graphql/mediaType.js';
import type { GraphqlAnswer, GraphqlRequest } from '../../graphql/server.js';
import { type HttpResponse } from '../responses.js';
import { readBearer } from '../bearer.js';
import { type HttpRequest, graphqlMethods, type Route } from '../route.js';
import { isIdentity, isJson } from '../mediaType.js';
import { negotiate } from '../negotiate.js';
import { isTooDeep } from '../jsonDepth.js';
import { parseBody } from '../parseBody.js';
import { problems } from '../errorResponses.js';
import { maxBodyBytes, readBody } from '../readBody.js';
import { securityHeaders } from '../securityHeaders.js';
import { readUserAgent } from '../userAgent.js';

/** Whatever executes operations. */
export interface Graphql {
  /** A throw is a bug or an outage: the client is told nothing of it, and the log has the cause. */
  handle(request: GraphqlRequest): Promise<GraphqlAnswer>;
}

export interface GraphqlRouteOptions {
  readonly graphql: Graphql;
  /** What a browser is shown that opens the address; null for nothing. */
  readonly landingPage: () => HttpResponse | null;
}

export function createGraphqlRoute(options: GraphqlRouteOptions): Route {
  const { graphql, landingPage } = options;

  const execute = async (
    exchange: HttpRequest,
    method: 'GET' | 'POST',
    body: unknown,
  ): Promise<HttpResponse> => {
    const type = negotiate(exchange.request.headers.accept);
    if (type === null) return problems.notAcceptable;
    if (!exchange.pending.admit()) return problems.busy;
    return plainAnswer(await graphql.handle(plainRequest(exchange, { method, body, type })));
  };

  const post = async (exchange: HttpRequest): Promise<HttpResponse | null> => {
    const refusal = refuseByHeaders(exchange.request);
    if (refusal !== null) return refusal;
    if (exchange.expectation === 'continue') exchange.response.writeContinue();
    const read = await readBody(exchange.pending);
    if (read.kind !== 'complete') return read.kind === 'aborted' ? null : read.answer;
    const parsed = parseBody(read.bytes);
    return parsed.kind === 'refused' ? parsed.answer : execute(exchange, 'POST', parsed.value);
  };

  return {
    allow: graphqlMethods,
    answer(exchange) {
      if (exchange.request.method === 'POST') return post(exchange);
      const page = wantsPage(exchange.request) ? landingPage() : null;
      if (page !== null) return page;
      return hasDeepParameter(exchange.target.search)
        ? problems.tooDeep
        : execute(exchange, 'GET', undefined);
    },
  };
}

/** Why a body need not be read at all. */
function refuseByHeaders({ headers }: IncomingMessage): HttpResponse | null {
  if (!isIdentity(headers['content-encoding'])) return problems.contentCoding;
  if (!isJson(headers['content-type'] ?? '')) return problems.mediaType;
  return Number(headers['content-length'] ?? 0) > maxBodyBytes ? problems.bodyTooLarge : null;
}

/** The parameters of a GET that are JSON. */
function hasDeepParameter(search: string): boolean {
  const parameters = new URLSearchParams(search);
  return ['variables', 'extensions'].some((name) =>
    parameters.getAll(name).some((text) => isTooDeep(Buffer.from(text))),
  );
}

/** Browsers that open an address name text/html; programs that ask for JSON as well are not shown a page. */
function wantsPage({ headers }: IncomingMessage): boolean {
  return (
    headers.accept !== undefined &&
    /\btext\/html\b/i.test(headers.accept) &&
    !/\bjson\b/i.test(headers.accept)
  );
}

/** The headers that the protocol and its clients use. */
const passedOn = [
  'x-apollo-operation-name',
  'apollo-require-preflight',
  'apollographql-client-name',
  'apollographql-client-version',
  'traceparent',
  'tracestate',
];

/** What a GET says of its content decides whether a page of another site may have sent it. */
const passedOnByGet = ['content-type', ...passedOn];

/** A body that was let in is JSON, which no page of another site can send without being asked about first. */
const preflighted = ['apollo-require-preflight', 'json'] as const;

function headersOf({ headers }: IncomingMessage, method: 'GET' | 'POST') {
  const passed: (readonly [string, string])[] = method === 'POST' ? [preflighted] : [];
  for (const name of method === 'POST' ? passedOn : passedOnByGet) {
    const value = headers[name];
    if (typeof value === 'string') passed.push([name, value]);
  }
  return passed;
}

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly body: unknown;
  readonly type: AnswerType;
}

function plainRequest(
  { request, requestId, target, pending }: HttpRequest,
  { method, body, type }: Asked,
): GraphqlRequest {
  return {
    method,
    type,
    headers: headersOf(request, method),
    search: target.search,
    body,
    requestId,
    bearer: readBearer(request.headers.authorization, request.rawHeaders),
    ip: pending.ip,
    userAgent: readUserAgent(request),
    isAbandoned: () => request.socket.destroyed,
  };
}

/** The headers of an answer that are not up to whatever executed it. */
const ours = new Set<string>([
  ...securityHeaders,
  'content-security-policy',
  'content-length',
  'connection',
  'transfer-encoding',
  'x-request-id',
]);

function plainAnswer(answer: GraphqlAnswer): HttpResponse {
  const headers: string[] = [];
  for (const [name, value] of answer.headers) if (!ours.has(name)) headers.push(name, value);
  const { status, body, report } = answer;
  return report === null ? { status, headers, body } : { status, headers, body, report };
}
