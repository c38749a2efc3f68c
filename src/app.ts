// One node: the settings become parts, the parts a listening server, and a stop lets go of them in reverse.

import { availableParallelism, totalmem } from 'node:os';

import { createFailureRecorder } from './audit/failureRecorder.js';
import { createEraser } from './auth/deleteAccount.js';
import { composeMail, type LinkUrl } from './auth/emails/compose.js';
import { createOutbox } from './auth/emails/outbox.js';
import { createLinkActs } from './auth/linkActs.js';
import { type AccountServices, type Hooks } from './auth/services.js';
import { type Background, createBackground } from './common/backgroundTasks.js';
import { type Clock } from './common/clock.js';
import { type Config } from './config/index.js';
import { storedSecret } from './config/localSecret.js';
import { type ConnectionCounts, type Database } from './db/database.js';
import { openDatabase, startDatabase } from './db/open.js';
import { knownNetworks, rateLimits, sealedKeys } from './db/schema.js';
import { readTrustedDocuments } from './graphql/persisted/trustedDocuments.js';
import { createGraphqlServer } from './graphql/server.js';
import { fixedLimits } from './graphql/validation/documentLimits.js';
import { checkPort } from './http/listener.js';
import { createMetricsServer } from './http/metricsServer.js';
import { createHttpServer } from './http/server.js';
import { createOutboxWorker, type OutboxWorker } from './mail/outboxWorker.js';
import { createTemplates } from './mail/templates.js';
import { chooseTransport } from './mail/transport.js';
import { startTidying } from './maintenance.js';
import { createLog, type Log } from './observability/log.js';
import { createMetrics, type Metrics, noMetrics } from './observability/metrics.js';
import { breachedApi, breachedFile, breachedInAny, type BreachedPasswords } from './passwords/breached.js';
import { createHasher, type Hasher } from './passwords/hasher.js';
import { createLimitKey } from './rateLimit/limitKey.js';
import { createLimits, noLimits } from './rateLimit/rateLimits.js';
import { createEndWatcher } from './sessions/endWatcher.js';
import { createSessionServices } from './sessions/services.js';
import { createKeyring } from './tokens/keyring.js';
import { createLinkTokens } from './tokens/linkToken.js';
import { createSessionTokens } from './tokens/sessionToken.js';

export interface App {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Where its numbers are, e.g. `http://127.0.0.1:9464/metrics`; null where none are kept. */
  readonly metricsUrl: string | null;
  /** Serves for `shutdownDelaySeconds` more, lets accepted requests finish, lets go of everything; within 10 s more. */
  stop(): Promise<void>;
}

/** What a test may put in place of the real thing, and what a team adds. */
export interface Parts {
  readonly clock?: Clock;
  readonly log?: Log;
  readonly on?: Partial<Hooks>;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
}

/** How many passwords may wait to be hashed for each that is being hashed: some three seconds' worth. */
const waitingHashes = 128;

/** How long accepted requests have to finish when the node stops, in milliseconds. */
const graceMs = 8_700;

/**
 * Starts a node and resolves when it listens. A database server that cannot be reached yet does not stop it: what
 * needs it is `SERVICE_UNAVAILABLE` until it is there.
 *
 * @throws TrustedDocumentsUnreadable when the list of documents is none, FolderInUse when another process has the
 *   data folder open, FolderUnusable when it cannot be used, OperatorError when the server turns the connection
 *   down, the signal's reason when that came first; any other error when it cannot listen
 */
export async function startApp(config: Config, parts: Parts = {}): Promise<App> {
  const log = parts.log ?? createLog(config.log.level, config.environment === 'development');
  const development = config.environment === 'development';
  const { introspection, limits, trustedDocuments } = config.graphql;
  const trusted = trustedDocuments === null ? null : readTrustedDocuments(trustedDocuments);
  // Before anything is written: a newcomer's mistake leaves nothing behind.
  await checkPort(config.http.port, config.http.host);
  if (config.metrics !== null) await checkPort(config.metrics.port, config.metrics.host);
  for (const warning of config.warnings) log.warn(warning);
  warnOfOpenHosts(config, log);
  const background = createBackground(log);
  const database = await openDatabase(config.database, log);
  const metrics = config.metrics === null ? null : await createMetrics();
  const stopping = new AbortController();
  parts.signal?.addEventListener('abort', () => {
    stopping.abort(parts.signal?.reason);
  });
  const { signal } = stopping;
  const { later } = await startDatabase({ database, background, log, signal });

  const clock = parts.clock ?? database.clock;
  const transport = await chooseTransport(config, log, clock);
  const outboxWorker =
    transport && createOutboxWorker({ outbox: createOutbox(database), transport, clock, log });
  const counting = metrics ?? noMetrics;
  const services = createServices(config, {
    on: { deleted: () => Promise.resolve(), ...parts.on },
    database,
    background,
    clock,
    mail: outboxWorker,
    log,
    metrics: counting,
  });
  const graphql = await createGraphqlServer({
    services,
    introspection,
    limits: { ...limits, ...fixedLimits },
    trusted,
    log,
    metrics: counting,
  });
  const server = createHttpServer({
    graphql,
    subscriptions: graphql.subscriptions,
    links: createLinkActs(services),
    app: config.app,
    log,
    metrics: counting,
    ready: () => database.ready(),
    corsOrigins: config.http.corsOrigins,
    trustProxy: config.http.trustProxy,
    hostNames: hostNames(config),
    limits: { keepAliveMs: config.http.keepAliveSeconds * 1_000 },
    development,
  });
  if (config.environment === 'production' && config.database.url === null)
    log.warn('DATABASE_URL is not set: a power failure may lose what the embedded database was told last');
  const url = await server.listen(config.http.port, config.http.host);
  const linkUrl = linkUrlBelow(config.mail.linkBaseUrl ?? `${config.app.publicUrl ?? url}/link`);
  outboxWorker?.start((mail) => composeMail(services, linkUrl, mail));
  const stopTidying = startTidying(services, config.retention);
  const metricsServer = metrics && createMetricsServer(metrics, log, development ? hostNames(config) : null);
  const metricsUrl =
    metricsServer && (await metricsServer.listen(config.metrics?.port ?? 0, config.metrics?.host ?? ''));
  const tellReady = () => {
    log.info(`Hufu is ready at ${url}/ with ${database.description}`);
  };
  if (later === null) tellReady();
  else {
    log.info(`Hufu listens at ${url}/, waits for ${database.description}`);
    void later.then(tellReady);
  }
  if (metricsUrl !== null) log.info(`Metrics are at ${metricsUrl}/metrics`);

  return {
    url,
    metricsUrl: metricsUrl && `${metricsUrl}/metrics`,
    async stop() {
      await server.close(graceMs, config.http.shutdownDelaySeconds * 1_000, () => {
        stopping.abort();
        services.passwords.useAllCores();
      });
      metricsServer?.close();
      stopTidying();
      services.endWatcher.stop();
      await graphql.stop();
      await outboxWorker?.stop();
      await background.drained();
      await database.close();
    },
  };
}

/** The names by which a development server may be asked: where it is reached, and where it listens. */
function hostNames({ app: { publicUrl }, http, metrics }: Config): readonly string[] {
  return [
    ...(publicUrl === null ? [] : [new URL(publicUrl).hostname]),
    http.host,
    ...(metrics === null ? [] : [metrics.host]),
  ];
}

/** Development has no secret to be set and shows the schema: other machines are not meant to reach it. */
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

/** The share of the memory that the process may have which hashes may take, each some 20 MiB. */
const hashMemoryShare = 0.25;
const hashBytes = 20 * 1_048_576;
const maxHashConcurrency = 8;

/**
 * One core is left to everything else, so that sign-ins never starve the requests of those who are signed in. Memory
 * bounds it as well, and does not grow with the host's cores: a container counts all of them and gets little memory.
 */
function defaultHashConcurrency(): number {
  // 0 or more than the machine has where no limit is set.
  const constrained = process.constrainedMemory();
  const bytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  const byMemory = Math.floor((bytes * hashMemoryShare) / hashBytes);
  return Math.max(1, Math.min(availableParallelism() - 1, byMemory, maxHashConcurrency));
}

interface Foundation {
  readonly on: Hooks;
  readonly database: Database;
  readonly background: Background;
  readonly clock: Clock;
  readonly mail: OutboxWorker | null;
  readonly log: Log;
  readonly metrics: Metrics;
}

function createServices(config: Config, foundation: Foundation): AccountServices {
  const { database, background, clock, mail, log, metrics } = foundation;
  const { secret, previousSecret, issuer, audience } = config.tokens;
  const keyring = createKeyring(secret ?? storedSecret(config.database.dataDir), previousSecret);
  const concurrency = config.passwords.hashConcurrency ?? defaultHashConcurrency();
  const sessions = createSessionServices({
    database,
    clock,
    background,
    metrics,
    tokens: createSessionTokens({ keyring, issuer, audience }),
    policy: config.session,
  });
  const key = createLimitKey({
    table: sealedKeys,
    store: database,
    sealingKeys: keyring.rateLimits.all,
    onReplaced() {
      log.warn('no secret opens the key of the limits: all counts and known networks are forgotten');
    },
  });
  const tables = { counts: rateLimits, known: knownNetworks };
  const counting = { tables, store: database, key, clock, background, log };
  if (config.rateLimits === null) log.warn('RATE_LIMITS is off: passwords can be guessed without end');
  const passwords = createHasher({ concurrency, maxQueued: concurrency * waitingHashes, metrics });
  watchResources(metrics, passwords, database);
  return {
    ...sessions,
    endWatcher: createEndWatcher(sessions),
    on: foundation.on,
    eraser: createEraser({ database, background }),
    passwords,
    limits: config.rateLimits === null ? noLimits : createLimits(config.rateLimits, counting),
    failureRecorder: createFailureRecorder(database, background),
    passwordRules: {
      minLength: config.passwords.minLength,
      names: [
        config.app.name,
        issuer,
        config.app.publicUrl === null ? '' : new URL(config.app.publicUrl).hostname,
      ],
      ...breached(config.passwords, log),
    },
    mail,
    templates: createTemplates(config.app.name),
    linkTokens: createLinkTokens({ keyring, issuer }),
    ...config.auth,
  };
}

/** The sets of breached passwords that the settings name. */
function breached(
  { breachedFile: file, breachedApi: api }: Config['passwords'],
  log: Log,
): { readonly isBreached?: BreachedPasswords } {
  const sets = [
    ...(file === null ? [] : [breachedFile(file)]),
    ...(api === null ? [] : [breachedApi(api, log)]),
  ];
  return sets.length === 0 ? {} : { isBreached: breachedInAny(sets) };
}

/** Has the numbers of what is in use read whenever somebody asks for them. */
function watchResources(metrics: Metrics, passwords: Hasher, database: Database): void {
  metrics.gauge('hashes', () =>
    Object.entries(passwords.pending()).map(([state, value]) => ({ labels: { state }, value })),
  );
  metrics.gauge('clock_ahead_seconds', () => {
    const offset = database.clock.offset();
    return offset === null ? [] : [{ labels: {}, value: offset.aheadMs / 1_000 }];
  });
  metrics.gauge('clock_error_seconds', () => {
    const offset = database.clock.offset();
    return offset === null ? [] : [{ labels: {}, value: offset.errorMs / 1_000 }];
  });
  metrics.gauge('database_connections', () =>
    Object.entries<ConnectionCounts>({ ...database.connections() }).flatMap(([pool, counts]) =>
      (['open', 'idle', 'waiting'] as const).map((state) => ({
        labels: { pool, state },
        value: counts[state],
      })),
    ),
  );
}

/** Where an emailed link leads: to the page of its operation, with the token as its query. */
function linkUrlBelow(base: string): LinkUrl {
  return (operation, token) => `${base}/${operation}?token=${token}`;
}
