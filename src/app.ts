// One node: the settings become parts, the parts become a listening server, and a stop closes them in reverse.

import { createLinkActs } from './auth/linkActs.js';
import { createProviderActs } from './auth/providers/acts.js';
import { type Hooks } from './auth/services.js';
import { type Clock } from './common/clock.js';
import { type Config } from './config/index.js';
import { type Core, type CoreParts, startCore } from './core.js';
import { readTrustedDocuments } from './graphql/persisted/trustedDocuments.js';
import { type TeamResolvers } from './graphql/schema.js';
import { createGraphqlServer, type GraphqlServer } from './graphql/server.js';
import { fixedLimits } from './graphql/validation/documentLimits.js';
import { checkPort } from './http/listener.js';
import { createMetricsServer } from './http/metricsServer.js';
import { createFeed, type Feed } from './integrations/feed.js';
import { createIntegrationRoutes } from './http/routes/integrations/routes.js';
import { createHttpServer, type HttpServer } from './http/server.js';
import { createLog, type Log } from './observability/log.js';
import { createMetrics, type Metrics, noMetrics } from './observability/metrics.js';

export interface App {
  /** The URL of the node, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /** The URL of the metrics, e.g. `http://127.0.0.1:9464/metrics`; null where none are kept. */
  readonly metricsUrl: string | null;
  /** Serves for `shutdownDelaySeconds` more, lets accepted requests finish, and closes everything within 10 s more. */
  stop(): Promise<void>;
}

/** The parts that a team adds in a clone, beside the types and migrations of `src/team/`. */
export interface Team {
  /** By type and field, for `src/team/schema.graphql`. */
  readonly resolvers: TeamResolvers;
  readonly on: Partial<Hooks>;
}

export type CreateTeam = (settings: Readonly<Record<string, string>>) => Team;

/** The parts that a test replaces, and those that a team adds. */
export interface AppParts extends Pick<CoreParts, 'hashing'> {
  readonly clock?: Clock;
  readonly log?: Log;
  readonly on?: Partial<Hooks>;
  readonly team?: Team;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
}

/** How long accepted requests have to finish when the node stops, in milliseconds. */
const graceMs = 8_700;

/**
 * Starts a node and resolves when it listens. It starts also while a database server cannot be reached yet: requests that need it
 * are `SERVICE_UNAVAILABLE` until it can.
 *
 * @throws OperatorError when a file, the data folder or the database that a setting names cannot be used, the signal's
 *   reason when that came first; any other error when it cannot listen
 */
export async function startApp(config: Config, parts: AppParts = {}): Promise<App> {
  const development = config.environment === 'development';
  const log = parts.log ?? createLog(config.log.level, development);
  const { introspection, limits, trustedDocuments } = config.graphql;
  const trusted = trustedDocuments === null ? null : readTrustedDocuments(trustedDocuments);
  // Before anything is written: a newcomer's mistake leaves nothing behind.
  await checkPort(config.http.port, config.http.host);
  if (config.metrics !== null) await checkPort(config.metrics.port, config.metrics.host);
  warnOfSettings(config, log);
  const metrics = config.metrics === null ? null : await createMetrics();
  const counting = metrics ?? noMetrics;
  const on = { ...parts.team?.on, ...parts.on };
  const core = await startCore(config, { ...parts, on, log, metrics: counting });
  const { services, database, later } = core;
  const graphql = await createGraphqlServer({
    services,
    teamResolvers: parts.team?.resolvers ?? {},
    introspection,
    limits: { ...limits, ...fixedLimits },
    trusted,
    log,
    metrics: counting,
  });
  const feed = config.integrations.enabled.has('feed') ? createFeed(services, core.serviceVerifier) : null;
  const server = createNodeServer(config, { core, graphql, feed, log, metrics: counting });
  const url = await server.listen(config.http.port, config.http.host);
  core.begin(config.mail.linkBaseUrl ?? `${config.app.publicUrl ?? url}/link`);
  const metricsServer = metrics && createMetricsServer(metrics, log, development ? hostNames(config) : null);
  const metricsUrl =
    metricsServer && (await metricsServer.listen(config.metrics?.port ?? 0, config.metrics?.host ?? ''));
  const tellReady = () => {
    log.info(`Hufu is ready at ${url}/ with ${database.description}`);
  };
  if (later === null) tellReady();
  else {
    log.info(`Hufu listens at ${url}/ and waits for ${database.description}`);
    void later.then(tellReady);
  }
  if (metricsUrl !== null) log.info(`Metrics are at ${metricsUrl}/metrics`);

  return {
    url,
    metricsUrl: metricsUrl && `${metricsUrl}/metrics`,
    async stop() {
      await server.close(graceMs, config.http.shutdownDelaySeconds * 1_000, () => {
        feed?.close();
        core.abort();
        services.passwords.useAllCores();
      });
      metricsServer?.close();
      await graphql.stop();
      await core.stop();
    },
  };
}

interface NodeParts {
  readonly core: Core;
  readonly graphql: GraphqlServer;
  readonly feed: Feed | null;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Makes the HTTP server with the routes that the settings name. */
function createNodeServer(config: Config, { core, graphql, feed, log, metrics }: NodeParts): HttpServer {
  const { services, serviceVerifier: verifier, database } = core;
  const serviceAuthentication = { verifier, rateLimits: services.rateLimits, database };
  const { issuer, audience } = config.tokens;
  return createHttpServer({
    graphql,
    subscriptions: graphql.subscriptions,
    links: createLinkActs(services),
    ...(services.tickets !== null && {
      tickets: { tickets: services.tickets, sessions: services, issuer, serviceAuthentication },
    }),
    publicUrl: config.app.publicUrl,
    providers: createProviderActs(services),
    app: config.app,
    integrations: createIntegrationRoutes(
      config.integrations.enabled,
      {
        ...serviceAuthentication,
        services,
        issuer,
        audience,
        hasuraMaxAgeSeconds: config.integrations.hasuraMaxAgeSeconds,
      },
      feed,
    ),
    log,
    metrics,
    ready: () => database.ready(),
    corsOrigins: config.http.corsOrigins,
    passkeyOrigins: config.passkeys?.origins ?? [],
    trustProxy: config.http.trustProxy,
    hostNames: hostNames(config),
    limits: { keepAliveMs: config.http.keepAliveSeconds * 1_000 },
    development: config.environment === 'development',
  });
}

/** Lists the names by which clients may reach a development server: its public URL's, and those that it listens at. */
function hostNames({ app: { publicUrl }, http, metrics }: Config): readonly string[] {
  return [
    ...(publicUrl === null ? [] : [new URL(publicUrl).hostname]),
    http.host,
    ...(metrics === null ? [] : [metrics.host]),
  ];
}

function warnOfSettings(config: Config, log: Log): void {
  for (const warning of config.warnings) log.warn(warning);
  warnOfOpenHosts(config, log);
  if (config.environment === 'production' && config.database.url === null)
    log.warn('DATABASE_URL is not set: a power failure may lose the last writes of the embedded database');
}

/** Warns where other machines can reach a development server: it needs no secret, and shows the schema. */
function warnOfOpenHosts(config: Config, log: Log): void {
  if (config.environment !== 'development') return;
  const hosts = [
    ['HOST', config.http.host],
    ['METRICS_HOST', config.metrics?.host ?? 'localhost'],
  ] as const;
  for (const [setting, host] of hosts) {
    if (/^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host)) continue;
    log.warn(
      `${setting}: other machines can reach this development server at ${host}. Set ${setting}=127.0.0.1 to keep it to ` +
        'this machine, or NODE_ENV=production.',
    );
  }
}
