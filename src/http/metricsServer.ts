// Serves the node's metrics on a port of their own, so that clients of the API cannot read them. The port has limits of
// the same kinds as the API's.

import { type Log, warningsOf } from '../observability/log.js';
import { noMetrics, type ReadableMetrics } from '../observability/metrics.js';
import { createCors } from './cors.js';
import { defaultHttpLimits, type HttpLimits } from './limits.js';
import { createListener, listen } from './listener.js';
import { createHostCheck } from './requestHeaders.js';
import { createRequestHandler, type Router } from './requestHandler.js';
import { errorResponse, errorResponses } from './responses.js';

export interface MetricsServer {
  /** See {@link listen}. */
  listen(port: number, host: string): Promise<string>;
  close(): void;
}

/** Few programs read metrics, and each of them seldom. */
const lowerLimits: Partial<HttpLimits> = {
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
 * @param hostNames see {@link createHostCheck}; null to answer to any Host
 */
export function createMetricsServer(
  metrics: ReadableMetrics,
  log: Log,
  hostNames: readonly string[] | null = null,
): MetricsServer {
  const isKnownHost = createHostCheck(hostNames);
  const router: Router = {
    async answer({ request, target, pending }) {
      const isMetrics = target.path === path && (request.method === 'GET' || request.method === 'HEAD');
      if (!isKnownHost(request.headers.host)) return errorResponses.foreignHost;
      if (!isMetrics) return notFound;
      if (!pending.admit()) return errorResponses.busy;
      const { contentType, text } = await metrics.read();
      return { status: 200, headers: ['content-type', contentType], body: text };
    },
    routeOf: (requested) => (requested === path ? path : null),
  };
  const cors = createCors({ origins: [], development: false, log });
  // A scraper asks every few seconds: a line for each request would say nothing.
  const quiet = warningsOf(log);
  const { server, connections } = createListener({
    limits: { ...defaultHttpLimits, ...lowerLimits },
    trustProxy: 0,
    allow: 'GET, HEAD',
    log: quiet,
    serve: ({ endsConnections }) =>
      createRequestHandler({ router, cors, endsConnections, log: quiet, metrics: noMetrics }),
  });

  return {
    listen: (port, host) => listen(server, port, host),
    close() {
      server.close();
      connections.cutAll();
    },
  };
}
