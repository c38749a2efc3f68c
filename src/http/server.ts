// The way in: requests over HTTP/1.1 to their routes and the answers back, within limits, and a stop that leaves
// nobody without an answer.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';

import { type LinkActs } from '../auth/linkActs.js';
import { type LiveServer } from '../graphql/subscriptions/server.js';
import { type Log } from '../observability/log.js';
import { type Metrics, noMetrics } from '../observability/metrics.js';
import { type Answer } from './responses.js';
import { createClientAddress } from './clientIp.js';
import { createConnections } from './connections.js';
import { createCors } from './cors.js';
import { type Expectation, graphqlMethods } from './route.js';
import { createGraphqlRoute, type Graphql } from './routes/graphql.js';
import { createReadyz, healthz } from './routes/health.js';
import { createLandingPage } from './routes/landing/page.js';
import { type Limits, standardLimits } from './limits.js';
import { createLinkRoutes } from './routes/emailLinks/routes.js';
import { listen } from './listen.js';
import { methodNotAllowed } from './errorResponses.js';
import { createConnectionRefusal, refuseConnection } from './connectionErrors.js';
import { createRouter } from './router.js';
import { createServe } from './requestHandler.js';
import { createStop } from './shutdown.js';
import { serveWebsockets } from './websocket/upgrade.js';

export interface HttpServerOptions {
  readonly graphql: Graphql;
  /** Whatever serves subscriptions; left out, no socket is opened. */
  readonly live?: LiveServer;
  /** What emailed links do; left out, they have no pages. */
  readonly links?: LinkActs;
  /** Asks the database, in bounded time; rejecting counts as not ready. */
  readonly ready: () => Promise<boolean>;
  readonly log: Log;
  /** Left out, nothing is counted. */
  readonly metrics?: Metrics;
  /** The origins whose pages may read answers, exactly. */
  readonly corsOrigins: readonly string[];
  /** Adds the landing page, and lets Apollo's hosted Sandbox in. */
  readonly development: boolean;
  /** How many proxies in front of the node are believed; none when left out. */
  readonly trustProxy?: number;
  readonly limits?: Partial<Limits>;
}

export interface HttpServer {
  /** See {@link listen}. */
  listen(port: number, host: string): Promise<string>;
  /** See {@link Stop.stop}. */
  close(withinMs: number): Promise<void>;
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { graphql, ready, log, metrics = noMetrics, development } = options;
  const limits = { ...standardLimits, ...options.limits };

  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.checkMs,
    maxHeaderSize: limits.mostHeaderBytes,
    // Node would refuse a request without a Host by itself, with an empty answer.
    requireHostHeader: false,
  });
  server.timeout = limits.silenceMs;
  server.maxConnections = limits.mostConnections;
  // Their size is bounded already, and Node drops those beyond a count without a word.
  server.maxHeadersCount = 0;

  const clientAddress = createClientAddress(options.trustProxy ?? 0);
  const connections = createConnections();
  const stop = createStop(server, connections);
  const stopping = stop.begun;
  const cors = createCors({ origins: options.corsOrigins, development });
  let landingPage: Answer | null = null;
  const router = createRouter({
    graphql: createGraphqlRoute({
      graphql,
      landingPage: () => landingPage,
      limits,
      clientAddress,
    }),
    healthz,
    readyz: createReadyz({ ready, stopping, log }),
    links: options.links === undefined ? [] : createLinkRoutes(options.links, clientAddress),
    development,
    cors,
  });
  const serve = createServe({ router, cors, stopping, log, metrics });

  const begin = (expectation: Expectation) => (request: IncomingMessage, response: ServerResponse) => {
    connections.began(request.socket, response);
    void serve(request, response, expectation);
  };
  server.on('connection', connections.opened);
  server.on('request', begin('none'));
  server.on('checkContinue', begin('continue'));
  server.on('checkExpectation', begin('unknown'));
  const refuse = createConnectionRefusal(connections, log);
  server.on('clientError', (error, socket) => {
    if (socket instanceof Socket) refuse(error, socket);
    else socket.destroy();
  });
  server.on('connect', (_request, socket) => {
    if (socket instanceof Socket) refuseConnection(socket, methodNotAllowed(graphqlMethods), log);
    else socket.destroy();
  });

  const { live } = options;
  const websockets =
    live === undefined
      ? null
      : serveWebsockets(server, { live, connections, stopping, limits, clientAddress, log, metrics });

  return {
    async listen(port, host) {
      const url = await listen(server, port, host);
      if (development) landingPage = createLandingPage(url);
      return url;
    },
    close(withinMs) {
      websockets?.close();
      return stop.stop(withinMs);
    },
  };
}
