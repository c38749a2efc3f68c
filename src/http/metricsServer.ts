// The numbers of the node on a port of their own, so that whoever may reach the API cannot read them by that. The
// port has the same limits as the API's.

import { type Log } from '../observability/log.js';
import { noMetrics, type ReadableMetrics } from '../observability/metrics.js';
import { createCors } from './cors.js';
import { errorResponse } from './responses.js';
import { type Limits, defaultLimits } from './limits.js';
import { createHostCheck } from './hostCheck.js';
import { listen } from './listen.js';
import { createListener } from './listener.js';
import { createRequestHandler } from './requestHandler.js';
import { type Router } from './router.js';
import { problems } from './errorResponses.js';

export interface MetricsServer {
  /** Resolves to the URL that is listened on, without a slash at the end; rejects when it cannot be. */
  listen(port: number, host: string): Promise<string>;
  close(): void;
}

/** Few programs ask, and each of them seldom. */
const fewer: Partial<Limits> = {
  maxConnections: 200,
  maxConnectionsOfNetwork: 150,
  maxInFlight: 40,
  maxInFlightOfNetwork: 30,
  maxPipelined: 8,
  maxHeldBytes: 4_194_304,
};

const path = '/metrics';
const notFound = errorResponse(
  404,
  'BAD_USER_INPUT',
  'There is nothing at this path. The metrics are at /metrics.',
);

/**
 * Serves `GET /metrics`, and nothing else.
 *
 * @param hostNames see {@link createHostCheck}; null to be asked by any name
 */
export function createMetricsServer(
  metrics: ReadableMetrics,
  log: Log,
  hostNames: readonly string[] | null = null,
): MetricsServer {
  const isKnownHost = hostNames === null ? () => true : createHostCheck(hostNames);
  const router: Router = {
    async answer({ request, target, pending }) {
      const isAsked = target.path === path && (request.method === 'GET' || request.method === 'HEAD');
      if (!isKnownHost(request.headers.host)) return problems.foreignHost;
      if (!isAsked) return notFound;
      if (!pending.admit()) return problems.busy;
      const { contentType, text } = await metrics.read();
      return { status: 200, headers: ['content-type', contentType], body: text };
    },
    knows: (asked) => asked === path,
  };
  const cors = createCors({ origins: [], development: false, log });
  // A scraper asks every few seconds: a line each time would say nothing.
  const quiet = log.child({}, { level: 'warn' });
  const { server, connections } = createListener({
    limits: { ...defaultLimits, ...fewer },
    trustProxy: 0,
    allow: 'GET, HEAD',
    log: quiet,
    serve: (stopping) => createRequestHandler({ router, cors, stopping, log: quiet, metrics: noMetrics }),
  });

  return {
    listen: (port, host) => listen(server, port, host),
    close() {
      server.close();
      connections.cutAll();
    },
  };
}
