// The route of the API: hands a request to the executor as plain values, and returns its answer as plain values.

import { type IncomingMessage } from 'node:http';

import { createFairQueue } from '../../common/fairQueue.js';
import type { GraphqlRequest, GraphqlResponse } from '../../graphql/context.js';
import { isTooComplex, parseBody, receiveBody } from '../body.js';
import { clientInfoOf, isJson, negotiate, readBearer } from '../requestHeaders.js';
import { errorResponses, type HttpResponse, securityHeaders } from '../responses.js';
import { graphqlMethods, type HttpRequest, type Route } from '../route.js';

/** Executes operations. */
export interface Graphql {
  /** A rejection is a bug or an outage: the log has the cause, the client does not. */
  handle(request: GraphqlRequest): Promise<GraphqlResponse>;
}

export interface GraphqlRouteOptions {
  readonly graphql: Graphql;
  /** The page for a browser that opens the URL; null for none. */
  readonly landingPage: () => HttpResponse | null;
}

export function createGraphqlRoute(options: GraphqlRouteOptions): Route {
  const { graphql, landingPage } = options;
  const turns = createTurns();

  const execute = async (
    exchange: HttpRequest,
    method: 'GET' | 'POST',
    body: unknown,
  ): Promise<HttpResponse> => {
    const responseType = negotiate(exchange.request.headers.accept);
    if (responseType === null) return errorResponses.notAcceptable;
    const { pending } = exchange;
    if (!pending.admit()) return errorResponses.busy;
    // One read holds dozens of operations. Executed in one go, those of a hundred connections keep others out for a minute.
    if (pending.isPipelined) await turns.next(pending.ip);
    return toHttpResponse(await graphql.handle(toGraphqlRequest(exchange, { method, body, responseType })));
  };

  const post = async (exchange: HttpRequest): Promise<HttpResponse | null> => {
    const isAccepted = isJson(exchange.request.headers['content-type'] ?? '');
    const received = await receiveBody(exchange, isAccepted ? null : errorResponses.mediaType);
    if (received.kind === 'refused') return received.answer;
    const parsed = parseBody(received.bytes);
    return parsed.kind === 'refused' ? parsed.answer : await execute(exchange, 'POST', parsed.value);
  };

  return {
    allow: graphqlMethods,
    answer(exchange) {
      if (exchange.request.method === 'POST') return post(exchange);
      const page = wantsPage(exchange.request) ? landingPage() : null;
      if (page !== null) return page;
      return hasDeepParameter(exchange.target.search)
        ? errorResponses.tooComplex
        : execute(exchange, 'GET', undefined);
    },
  };
}

/** Turns of the event loop, one for each operation that waits. */
interface Turns {
  /** Resolves in a turn of the event loop of its own. Requesters are served in turn. */
  next(requester: string): Promise<void>;
}

function createTurns(): Turns {
  const waiting = createFairQueue<() => void>();
  const advance = () => {
    waiting.shift()?.();
    if (waiting.size > 0) setImmediate(advance);
  };
  return {
    next: (requester) =>
      new Promise((resolve) => {
        if (waiting.size === 0) setImmediate(advance);
        waiting.push(requester, resolve);
      }),
  };
}

/** Tells whether a JSON parameter of a GET is too complex. */
function hasDeepParameter(search: string): boolean {
  const parameters = new URLSearchParams(search);
  return ['variables', 'extensions'].some((name) =>
    parameters.getAll(name).some((text) => isTooComplex(Buffer.from(text))),
  );
}

/** A browser that opens a URL accepts text/html. A program that accepts JSON as well gets no page. */
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

/** The content type of a GET decides whether a page of another site may have sent it. */
const passedOnByGet = ['content-type', ...passedOn];

/** An accepted body is JSON, which a page of another site cannot send without a preflight. */
const preflighted = ['apollo-require-preflight', 'json'] as const;

function headersOf({ headers }: IncomingMessage, method: 'GET' | 'POST') {
  const passed: (readonly [string, string])[] = method === 'POST' ? [preflighted] : [];
  for (const name of method === 'POST' ? passedOn : passedOnByGet) {
    const value = headers[name];
    if (typeof value === 'string') passed.push([name, value]);
  }
  return passed;
}

function toGraphqlRequest(
  exchange: HttpRequest,
  { method, body, responseType }: Pick<GraphqlRequest, 'method' | 'body' | 'responseType'>,
): GraphqlRequest {
  const { request, requestId, target } = exchange;
  return {
    method,
    responseType,
    headers: headersOf(request, method),
    search: target.search,
    body,
    requestId,
    bearer: readBearer(request.headers.authorization, request.rawHeaders),
    clientInfo: clientInfoOf(exchange),
    isAbandoned: () => request.socket.destroyed,
  };
}

/** The headers of an answer that the executor cannot set. */
const ours = new Set<string>([
  ...securityHeaders,
  'content-security-policy',
  'content-length',
  'connection',
  'transfer-encoding',
  'x-request-id',
]);

function toHttpResponse(response: GraphqlResponse): HttpResponse {
  const headers: string[] = [];
  for (const [name, value] of response.headers) if (!ours.has(name)) headers.push(name, value);
  const { status, body, report } = response;
  return report === null ? { status, headers, body } : { status, headers, body, report };
}
