// Handles one request: finds its route, writes the route's answer to the connection, and writes the line in the log.

import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type Log } from '../observability/log.js';
import { type Metrics } from '../observability/metrics.js';
import { type PendingRequest } from './capacity.js';
import { type Cors } from './cors.js';
import { maxBodyBytes } from './limits.js';
import { hasBody, hasDuplicateHeader, readRequestId } from './requestHeaders.js';
import { errorResponses, headersOf, type HttpResponse, methodNotAllowed } from './responses.js';
import { type Expectation, type HttpRequest, type Route, type Target } from './route.js';

export interface Router {
  /** Answers as the request's route does, or says why there is no route. */
  answer(exchange: HttpRequest): HttpResponse | null | Promise<HttpResponse | null>;
  /** Returns the path of the route that takes a path, without any text of the client; null where none does. */
  routeOf(path: string): string | null;
}

export interface RouterOptions {
  readonly routes: readonly (Route & { readonly path: string })[];
  readonly cors: Cors;
  /** Tells whether the node answers to this Host header. */
  readonly isKnownHost: (host: string | undefined) => boolean;
}

export function createRouter({ routes: given, cors, isKnownHost }: RouterOptions): Router {
  const options: Route = { allow: 'OPTIONS', answer: ({ request }) => cors.preflight(request.headers) };
  const routes = new Map(
    [...given, { path: '*', ...options }].map((route) => [
      route.path,
      { ...route, methods: new Set(route.allow.split(', ')) },
    ]),
  );

  const withBelow = [...routes.values()].filter(({ takesPathsBelow }) => takesPathsBelow === true);
  const find = (path: string) =>
    routes.get(path) ?? withBelow.find((route) => path.startsWith(`${route.path}/`));

  return {
    answer(exchange) {
      const { request, target, expectation } = exchange;
      // RFC 9112 section 3.2. A proxy in front may have routed a request with no Host, or with two, to another service.
      const isLacking = request.headers.host === undefined && request.httpVersion === '1.1';
      if (isLacking || hasDuplicateHeader(request.rawHeaders, 'host')) return errorResponses.host;
      if (!isKnownHost(request.headers.host)) return errorResponses.foreignHost;
      if (expectation === 'unknown') return errorResponses.expectation;
      const route = find(target.path);
      if (route === undefined) return errorResponses.notFound;
      if (!route.methods.has(request.method ?? '')) return methodNotAllowed(route.allow, target.path);
      return request.method === 'OPTIONS' ? options.answer(exchange) : route.answer(exchange);
    },
    routeOf: (path) => find(path)?.path ?? null,
  };
}

export interface RequestHandlerOptions {
  readonly router: Router;
  readonly cors: Cors;
  /** Tells whether the answer is the last on its connection. */
  readonly endsConnections: () => boolean;
  readonly log: Log;
  readonly metrics: Metrics;
}

export type RequestHandler = (pending: PendingRequest, expectation: Expectation) => Promise<void>;

/** Makes the handler of requests. It never rejects. */
export function createRequestHandler({
  router,
  cors,
  endsConnections,
  log,
  metrics,
}: RequestHandlerOptions): RequestHandler {
  const isLogged = log.isLevelEnabled('info');

  return async (pending, expectation) => {
    const { request, response } = pending;
    const startedAt = performance.now();
    const requestId = readRequestId(request.headers['x-request-id']);
    const target = parseTarget(request.url ?? '');
    const exchange: HttpRequest = { request, response, requestId, target, expectation, pending };
    const headers = cors.headersFor(request.headers);

    const fail = (err: unknown): HttpResponse => {
      log.error({ err, requestId }, 'request failed');
      return errorResponses.internal;
    };
    const write = (answer: HttpResponse) =>
      sendResponse(exchange, answer, { headers, isLast: endsConnections() || pending.isLast });

    let answer: HttpResponse | null;
    let sent = false;
    try {
      answer = pending.isRefused ? errorResponses.busy : await router.answer(exchange);
    } catch (err) {
      answer = fail(err);
    }
    try {
      sent = answer !== null && write(answer);
    } catch (err) {
      answer = fail(err);
      sent = write(answer);
    }

    pending.served();

    const durationMs = performance.now() - startedAt;
    const path = router.routeOf(target.path) ?? '(other)';
    const status = sent ? (answer?.status ?? null) : null;
    metrics.count('http_requests', { path, status: String(status ?? 'abandoned') });
    metrics.observe('http_request_seconds', durationMs / 1_000, { path });
    if (!isLogged) return;
    // The log has no header, no query string and no path that is not ours: each may contain a token.
    const line = {
      requestId,
      method: request.method,
      path,
      status,
      durationMs: Math.round(durationMs * 1_000) / 1_000,
      ...answer?.report,
    };
    log.info(line, sent ? 'request' : 'request abandoned');
  };
}

/**
 * Splits the request's target: a path (`/graphql?query=...`), a whole URL as a client sends it to a proxy (RFC 9112
 * section 3.2.2 has every server take those), or `*`. Anything else gets the path '', which has no route.
 */
export function parseTarget(url: string): Target {
  if (!url.startsWith('/')) {
    if (url === '*') return { path: '*', search: '' };
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return { path: '', search: '' };
    const { pathname, search } = new URL(url);
    return { path: pathname, search };
  }
  const mark = url.indexOf('?');
  return mark === -1 ? { path: url, search: '' } : { path: url.slice(0, mark), search: url.slice(mark) };
}

export interface SendOptions {
  /** Headers for this request's client, names and values in turn. */
  readonly headers: readonly string[];
  /** The connection takes no further request. */
  readonly isLast: boolean;
}

/** About the size of the first line and the headers of an answer. */
const headBytes = 1_024;

/**
 * Writes an answer to its connection in one piece.
 *
 * @returns false when the client has gone and nothing was written
 * @throws for a header that cannot be sent
 */
export function sendResponse(
  { request, response, requestId, pending }: Omit<HttpRequest, 'target' | 'expectation'>,
  answer: HttpResponse,
  options: SendOptions,
): boolean {
  if (response.destroyed || request.socket.destroyed) return false;
  const { status, body } = answer;
  const isDrained = isUnread(request) && !endsSoon(request);

  const headers = headersOf(answer);
  headers.push(...options.headers, 'x-request-id', requestId);
  if (answer.stream !== undefined) {
    response.writeHead(status, headers).flushHeaders();
    pending.becomesStream();
    answer.stream();
    return true;
  }
  const bytes = Buffer.byteLength(body);
  if (status !== 204) headers.push('content-length', String(bytes));
  if (options.isLast || isDrained) headers.push('connection', 'close');
  response.writeHead(status, headers);
  if (isDrained) drain(request, response, body);
  else response.end(body);
  pending.isAnswered = true;
  // The answer waits for an earlier one, or for the client to read.
  if (response.socket === null || response.socket.writableLength > 0) pending.hold(headBytes + bytes);
  return true;
}

function isUnread(request: IncomingMessage): boolean {
  return !request.complete && hasBody(request.headers);
}

/** Tells whether the rest of the body is short and sure to arrive: the node reads it then, and keeps the connection. */
function endsSoon(request: IncomingMessage): boolean {
  const { expect, 'content-length': length } = request.headers;
  return expect === undefined && length !== undefined && Number(length) <= maxBodyBytes;
}

const drainTimeoutMs = 1_000;
const maxDrainBytes = 8_388_608;

/**
 * Ends the connection only when the client has stopped sending, or soon after. Closing a connection with unread
 * bytes resets it, and the client might lose the answer that says what was wrong.
 */
function drain(request: IncomingMessage, response: ServerResponse, body: string): void {
  let read = 0;
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, drainTimeoutMs);
  response.write(body);
  request.on('data', (chunk: Uint8Array) => {
    read += chunk.length;
    if (read > maxDrainBytes) end();
  });
  request.once('end', end).once('close', end).resume();
}
