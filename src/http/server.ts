// The HTTP/1.1 server of a node: its routes, its websockets and its limits, behind one listener.

import { type LinkActs } from '../auth/linkActs.js';
import { type ProviderActs } from '../auth/providers/acts.js';
import { type SubscriptionServer } from '../graphql/subscriptions/server.js';
import { type Readiness } from '../db/database.js';
import { type Log } from '../observability/log.js';
import { type Metrics, noMetrics } from '../observability/metrics.js';
import { type TrustedProxies } from './clientIp.js';
import { createCors } from './cors.js';
import { defaultHttpLimits, type HttpLimits } from './limits.js';
import { createListener, listen } from './listener.js';
import { createRequestHandler, createRouter } from './requestHandler.js';
import { createHostCheck } from './requestHeaders.js';
import { type HttpResponse } from './responses.js';
import { graphqlMethods } from './route.js';
import { type AppInfo } from './routes/emailLinks/page.js';
import { createLinkRoutes } from './routes/emailLinks/routes.js';
import { createGraphqlRoute, type Graphql } from './routes/graphql.js';
import { createReadyz, healthz } from './routes/health.js';
import { createTicketRoutes, type TicketRoutesParts } from './routes/tickets.js';
import { type IntegrationRoute } from './routes/integrations/parts.js';
import { createProviderRoutes } from './routes/providers.js';
import { createLandingPage } from './routes/landing/page.js';
import { createDevelopmentRoutes } from './routes/landing/routes.js';
import { createWebauthnRoute } from './routes/webauthn.js';
import { type Shutdown } from './shutdown.js';
import { serveWebsockets } from './websocket/upgrade.js';

export interface HttpServerOptions {
  readonly graphql: Graphql;
  /** Serves subscriptions; left out, no websocket is opened. */
  readonly subscriptions?: SubscriptionServer;
  /** The acts of emailed links; left out, links have no pages. */
  readonly links?: LinkActs;
  /** The parts of the routes for tickets; left out, there are no tickets. */
  readonly tickets?: Omit<TicketRoutesParts, 'url'>;
  /** The URL at which clients reach the node; left out, that of the port. */
  readonly publicUrl?: string | null;
  /** The acts of providers; left out, providers have no routes. */
  readonly providers?: ProviderActs;
  /** The app that the pages of links name and link to. */
  readonly app?: AppInfo;
  /** The routes that other servers ask. */
  readonly integrations?: readonly IntegrationRoute[];
  /** Asks the database, in bounded time; a rejection counts as not ready. */
  readonly ready: () => Promise<Readiness>;
  readonly log: Log;
  /** Left out, nothing is counted. */
  readonly metrics?: Metrics;
  /** The origins whose pages may read answers, exactly. */
  readonly corsOrigins: readonly string[];
  /** The origins that may use passkeys, for browsers that ask; left out, they are not listed. */
  readonly passkeyOrigins?: readonly string[];
  /** Adds the pages of development, and lets Apollo's hosted Sandbox in. */
  readonly development: boolean;
  /** The names beside localhost that a development server accepts as Host. */
  readonly hostNames?: readonly string[];
  /** The proxies in front of the node that are trusted; none when left out. */
  readonly trustProxy?: TrustedProxies;
  readonly limits?: Partial<HttpLimits>;
}

export interface HttpServer {
  /** See {@link listen}. */
  listen(port: number, host: string): Promise<string>;
  /** See {@link Shutdown.stop}; `onClosing` is called when `delayMs` is over. */
  close(withinMs: number, delayMs?: number, onClosing?: () => void): Promise<void>;
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const {
    graphql,
    links,
    subscriptions,
    integrations = [],
    ready,
    log,
    metrics = noMetrics,
    development,
    trustProxy = 0,
    passkeyOrigins = [],
  } = options;
  const limits = { ...defaultHttpLimits, ...options.limits };
  const cors = createCors({ origins: options.corsOrigins, development, log });
  const isKnownHost = createHostCheck(development ? (options.hostNames ?? []) : null);
  let landingPage: HttpResponse | null = null;
  let ownUrl = '';

  const serve = ({ begun, endsConnections }: Shutdown) => {
    const routes = [
      { path: '/graphql', ...createGraphqlRoute({ graphql, landingPage: () => landingPage }) },
      { path: '/healthz', ...healthz },
      { path: '/readyz', ...createReadyz({ ready, stopping: begun, log }) },
      ...(links === undefined ? [] : createLinkRoutes(links, options.app ?? { name: 'Hufu', url: null })),
      ...(passkeyOrigins.length === 0
        ? []
        : [{ path: '/.well-known/webauthn', ...createWebauthnRoute(passkeyOrigins) }]),
      ...(options.tickets === undefined
        ? []
        : createTicketRoutes({ ...options.tickets, url: () => options.publicUrl ?? ownUrl })),
      ...integrations,
      ...(options.providers === undefined ? [] : createProviderRoutes(options.providers)),
      ...(development ? createDevelopmentRoutes() : []),
    ];
    const router = createRouter({ routes, cors, isKnownHost });
    return createRequestHandler({ router, cors, endsConnections, log, metrics });
  };
  const { server, connections, stop } = createListener({
    limits,
    trustProxy,
    allow: graphqlMethods,
    log,
    serve,
  });
  const websockets =
    subscriptions === undefined
      ? null
      : serveWebsockets(server, {
          subscriptions,
          connections,
          stopping: stop.closing,
          limits,
          isKnownHost,
          log,
          metrics,
        });

  return {
    async listen(port, host) {
      const url = await listen(server, port, host);
      ownUrl = url;
      if (development) landingPage = createLandingPage(url);
      return url;
    },
    close: (withinMs, delayMs = 0, onClosing) =>
      stop.stop({
        withinMs,
        delayMs,
        onClosing: () => {
          websockets?.close();
          onClosing?.();
        },
      }),
  };
}
