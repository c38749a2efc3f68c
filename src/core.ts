// Everything below HTTP: the settings become the services that every server of Hufu works with, over one database, and a
// stop lets go of them in reverse.

import { createFailureRecorder } from './audit/events.js';
import { createEraser } from './auth/deleteAccount.js';
import { composeMail } from './auth/emails/compose.js';
import { createOutbox } from './auth/emails/outbox.js';
import { sealSeedsAgain } from './auth/factors/factors.js';
import { createRelyingParty } from './auth/factors/webauthn.js';
import { createProviders } from './auth/providers/registry.js';
import { type AccountServices, type Hooks } from './auth/services.js';
import { type Background, createBackground } from './common/backgroundTasks.js';
import { type Clock } from './common/clock.js';
import { type SealingKeys } from './common/sealing.js';
import { type Config } from './config/index.js';
import { storedSecret } from './config/localSecret.js';
import { type ConnectionCounts, type Database } from './db/database.js';
import { openDatabase, startDatabase } from './db/open.js';
import { knownNetworks, rateLimits, sealedKeys } from './db/schema/index.js';
import { createServiceVerifier, type ServiceVerifier } from './integrations/serviceKeys.js';
import { type Transport } from './mail/message.js';
import { createOutboxWorker, type OutboxWorker } from './mail/outboxWorker.js';
import { createTemplates, type Templates } from './mail/templates.js';
import { chooseTransport } from './mail/transport.js';
import { startMaintenance } from './maintenance.js';
import { type Log } from './observability/log.js';
import { type Metrics } from './observability/metrics.js';
import { openBreachedSets } from './passwords/breached.js';
import { createHasher, defaultHashConcurrency, type Hasher, type Hashing } from './passwords/hasher.js';
import { createLimitKey } from './rateLimit/limitKey.js';
import { createRateLimits, noRateLimits, type RateLimits } from './rateLimit/rateLimits.js';
import { createEndWatcher } from './sessions/endWatcher.js';
import { createSessionServices, type SessionServices } from './sessions/services.js';
import { createSigningKeys } from './tickets/signingKeys.js';
import { createTickets, type Tickets } from './tickets/tickets.js';
import { createKeyring, dataKeysOf, type Keyring, type Keys } from './tokens/keyring.js';
import { createLinkTokens } from './tokens/linkToken.js';
import { createMailedCodes } from './tokens/mailedCode.js';
import { createSessionTokens } from './tokens/sessionToken.js';

/** The settings that no port and no process is part of. */
export type CoreConfig = Pick<
  Config,
  | 'environment'
  | 'database'
  | 'tokens'
  | 'session'
  | 'retention'
  | 'passwords'
  | 'app'
  | 'mail'
  | 'auth'
  | 'passkeys'
  | 'rateLimits'
  | 'integrations'
  | 'providers'
>;

export interface CoreParts {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Left out, the database's clock decides, as it does for every node. */
  readonly clock?: Clock | undefined;
  readonly on?: Partial<Hooks> | undefined;
  /** Sends the mails; left out, the settings name an SMTP server, or none. */
  readonly transport?: Transport | undefined;
  /** Texts of mails in place of ours. */
  readonly texts?: Partial<Templates> | undefined;
  /** Tests hash at a low cost. */
  readonly hashing?: Hashing | undefined;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
}

export interface Core {
  readonly services: AccountServices;
  /** Verifies the keys of the servers that ask this one. */
  readonly serviceVerifier: ServiceVerifier;
  readonly database: Database;
  /** Resolves when the tables are up to date; null when they are. */
  readonly later: Promise<void> | null;
  /** Begins to send mails, whose links lead below `linkBase`, and to delete what has expired. */
  begin(linkBase: string): void;
  /** Ends waiting for a database that is away. */
  abort(): void;
  /** Lets running work finish, then lets go of everything. */
  stop(): Promise<void>;
}

/** How many passwords may wait to be hashed for each that is being hashed: some three seconds' worth. */
const waitingHashes = 128;

/**
 * Opens the database, brings its tables up to date and makes the services. A database server that cannot be reached yet
 * does not keep it from resolving: what needs it is unavailable until it is there.
 *
 * @throws FolderInUse when another process has the data folder open, FolderUnusable when it cannot be used, OperatorError
 *   when the server turns the connection down, the signal's reason when that came first
 */
export async function startCore(config: CoreConfig, parts: CoreParts): Promise<Core> {
  const { log, metrics } = parts;
  // An event that has come already does not come again.
  parts.signal?.throwIfAborted();
  const stopping = new AbortController();
  parts.signal?.addEventListener('abort', () => {
    stopping.abort(parts.signal?.reason);
  });
  const background = createBackground(log);
  const database = await openDatabase(config.database, log);
  const { later } = await startDatabase({ database, background, log, signal: stopping.signal }).catch(
    async (error: unknown) => {
      await database.close();
      throw error;
    },
  );

  const clock = parts.clock ?? database.clock;
  const transport = parts.transport ?? (await chooseTransport(config, log, clock));
  const outboxWorker =
    transport && createOutboxWorker({ outbox: createOutbox(database), transport, clock, log });
  const foundation: Foundation = {
    on: {
      registered: async (tx, user) => parts.on?.registered?.(tx, user),
      deleted: async (tx, userId) => parts.on?.deleted?.(tx, userId),
    },
    database,
    background,
    clock,
    mail: outboxWorker,
    log,
    metrics,
    texts: parts.texts ?? {},
    hashing: parts.hashing ?? {},
  };
  let services: AccountServices;
  try {
    services = createServices(config, foundation);
  } catch (error) {
    // A secret or a list of passwords that cannot be read. The process of a team goes on.
    stopping.abort();
    await background.drained();
    await database.close();
    throw error;
  }
  let stopMaintenance: () => void = () => undefined;

  return {
    services,
    serviceVerifier: createServiceVerifier({ database, clock, background }),
    database,
    later,
    begin(linkBase) {
      outboxWorker?.start((mail) => composeMail(services, linkBase, mail));
      stopMaintenance = startMaintenance(services, config.retention);
      if (services.dataKeys !== null) sealSeedsAfter(later, foundation, services.dataKeys);
    },
    abort() {
      stopping.abort();
    },
    async stop() {
      stopping.abort();
      stopMaintenance();
      services.endWatcher.stop();
      await outboxWorker?.stop();
      await background.drained();
      await services.passwords.close();
      await database.close();
    },
  };
}

/** Seals seeds again with the current DATA_KEY, in the background, once the tables are up to date. */
function sealSeedsAfter(
  later: Promise<void> | null,
  { database, background, log }: Foundation,
  dataKeys: SealingKeys,
): void {
  const begin = () => {
    background.run('seal again with the current DATA_KEY', () => sealSeeds(database, dataKeys, log));
  };
  if (later === null) begin();
  // Not in the background before: a stop waits for what runs there, and the tables may never be there.
  else void later.then(begin, () => undefined);
}

async function sealSeeds(database: Database, dataKeys: SealingKeys, log: Log): Promise<void> {
  const { sealed, unopened } = await sealSeedsAgain(database.forTasks(), dataKeys);
  if (sealed > 0) log.info({ sealed }, 'seeds of authenticator apps are sealed with the current DATA_KEY');
  if (unopened > 0)
    log.error(
      { unopened },
      'seeds of authenticator apps cannot be opened: DATA_KEY is another one than it was',
    );
}

interface Foundation {
  readonly on: Hooks;
  readonly database: Database;
  readonly background: Background;
  readonly clock: Clock;
  readonly mail: OutboxWorker | null;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly texts: Partial<Templates>;
  readonly hashing: Hashing;
}

function createServices(config: CoreConfig, foundation: Foundation): AccountServices {
  const { database, background, clock, mail, log, metrics, hashing } = foundation;
  const { secret, previousSecret, issuer, audience } = config.tokens;
  const keyring = createKeyring(
    secret ?? storedSecret(config.database.dataDir, 'jwt-secret'),
    previousSecret,
  );
  const dataKeys = dataKeysOf(config);
  // A file that cannot be read is refused here, before anything is made that has to be stopped.
  const isBreached = openBreachedSets(config.passwords, log);
  if (dataKeys === null) log.info('DATA_KEY is not set: no user can set up an authenticator app');
  const concurrency = config.passwords.hashConcurrency ?? defaultHashConcurrency();
  const sessions = createSessionServices({
    database,
    clock,
    background,
    metrics,
    tokens: createSessionTokens({ keyring, issuer, audience }),
    policy: config.session,
  });
  const passwords = createHasher({
    concurrency,
    maxQueued: concurrency * waitingHashes,
    metrics,
    ...hashing,
  });
  watchResources(metrics, passwords, database);
  return {
    ...sessions,
    endWatcher: createEndWatcher(sessions),
    on: foundation.on,
    eraser: createEraser({ database, background }),
    passwords,
    rateLimits: rateLimitsOf(config.rateLimits, keyring, foundation),
    failureRecorder: createFailureRecorder(database, background),
    passwordRules: {
      minLength: config.passwords.minLength,
      names: [
        config.app.name,
        issuer,
        config.app.publicUrl === null ? '' : new URL(config.app.publicUrl).hostname,
      ],
    },
    isBreached,
    mail,
    templates: { ...createTemplates(config.app.name), ...definedIn(foundation.texts) },
    appName: config.app.name,
    linkTokens: createLinkTokens({ keyring, issuer }),
    mailedCodes: createMailedCodes(keyring),
    dataKeys,
    passkeys: config.passkeys && createRelyingParty(config.passkeys, config.app.name, log),
    tickets: ticketsOf(config, dataKeys, sessions, log),
    providers: createProviders(config.providers, {
      clock,
      wallClockAheadMs: () => database.clock.offset()?.aheadMs ?? 0,
      publicUrl: config.app.publicUrl,
      log,
      metrics,
    }),
    ...config.auth,
  };
}

function rateLimitsOf(
  settings: CoreConfig['rateLimits'],
  keyring: Keyring,
  { database: store, clock, background, log }: Foundation,
): RateLimits {
  if (settings === null) {
    log.warn('RATE_LIMITS is off: Hufu does not limit wrong passwords');
    return noRateLimits;
  }
  const key = createLimitKey({
    table: sealedKeys,
    store,
    sealingKeys: keyring.rateLimits,
    onReplaced() {
      log.warn(
        'neither JWT_SECRET nor JWT_SECRET_PREVIOUS opens the key of the rate limits: Hufu forgets all counts and known networks',
      );
    },
  });
  const tables = { counts: rateLimits, known: knownNetworks };
  return createRateLimits(settings, { tables, store, key, clock, background, log });
}

/** Mints tickets; null where the settings do not name them. */
function ticketsOf(
  { integrations, tokens: { issuer, audience } }: CoreConfig,
  sealingKeys: Keys | null,
  { database, clock, metrics }: SessionServices,
  log: Log,
): Tickets | null {
  if (!integrations.enabled.has('tickets') || sealingKeys === null) return null;
  const keys = createSigningKeys({ database, clock, sealingKeys, log });
  const { ticketAudiences: audiences } = integrations;
  return createTickets({ keys, clock, metrics, issuer, ownClientId: audience, audiences });
}

/** Removes the members that are undefined: a team may write `undefined` for a text that it leaves out. */
function definedIn<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Has the numbers of what is in use read whenever a client asks for them. */
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
