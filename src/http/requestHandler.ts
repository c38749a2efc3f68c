// One request from its first line to its line in the log.

import { type Log } from '../observability/log.js';
import { type Metrics } from '../observability/metrics.js';
import { type HttpResponse } from './responses.js';
import { type Cors } from './cors.js';
import { type HttpRequest, type Expectation } from './route.js';
import { problems } from './errorResponses.js';
import { type PendingRequest } from './pendingRequest.js';
import { readRequestId } from './requestId.js';
import { type Router } from './router.js';
import { sendResponse } from './sendResponse.js';
import { parseTarget } from './target.js';

export interface RequestHandlerOptions {
  readonly router: Router;
  readonly cors: Cors;
  /** Whether a stop has begun: the answer is then the last on its connection. */
  readonly stopping: () => boolean;
  readonly log: Log;
  readonly metrics: Metrics;
}

export type RequestHandler = (pending: PendingRequest, expectation: Expectation) => Promise<void>;

/** The made function never rejects. */
export function createRequestHandler({
  router,
  cors,
  stopping,
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
      return problems.internal;
    };
    const write = (answer: HttpResponse) =>
      sendResponse(exchange, answer, { headers, last: stopping() || pending.isLast });

    let answer: HttpResponse | null;
    let sent = false;
    try {
      answer = pending.isRefused ? problems.busy : await router.answer(exchange);
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
    const path = router.knows(target.path) ? target.path : '(other)';
    const status = sent ? (answer?.status ?? null) : null;
    metrics.count('http_requests', { path, status: String(status ?? 'abandoned') });
    metrics.observe('http_request_seconds', durationMs / 1_000, { path });
    if (!isLogged) return;
    // Never a header, a query string or a path that is not ours: a token may be in any of them.
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
