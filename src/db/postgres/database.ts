// PostgreSQL over the network: one pool for the work of operations, a small one for the session look-up.

import { sql } from 'drizzle-orm';

import { type DatabaseTarget, readDatabaseUrl, readDirectUrl } from '../../config/databaseUrl.js';
import { type Config } from '../../config/index.js';
import { type Log } from '../../observability/log.js';
import { traced } from '../../observability/tracing.js';
import { type Allowance, eachStep, retryOnce, sharedTime, createOutage } from '../deadline.js';
import { createDatabaseClock } from '../clock.js';
import {
  type ChannelListener,
  type Database,
  type Db,
  type PreparedQuery,
  runTransaction,
} from '../database.js';
import { type PostgresConnection, type Servers, serversOf } from './connection.js';
import { type NotificationListener, openNotificationListener } from './notificationListener.js';
import { migrateServer } from './migrate.js';
import { DatabaseUnavailable, isRightMissing, lackOfRights, NotPrimary } from '../errors.js';
import { openPool, type Pool } from './pool.js';
import { createPrimaryWatch } from './primaryWatch.js';
import { isMigrated, tablesWithoutRights } from '../migrations.js';

/** More connections do not make the look-ups faster: they are gathered into one query at a time. */
const lookupConnections = 2;

/** The longest that a look-up may take, in milliseconds: the request that it comes before has its own time. */
const lookupTimeoutMs = 1_500;

type Pooling = Pick<Config['database'], 'directUrl' | 'poolMode'>;

/** The longest that one measurement of the server's clock may take, in milliseconds. */
const measureTimeoutMs = 4_000;

/**
 * Opens a database on a server. Nothing is sent before the first use.
 *
 * @param at a `postgres://` URL with credentials, or the target that one is read into
 * @param poolSize the most connections held for operations; the look-ups', the listener's and the migration's come on
 *   top
 * @param pooling the mode of a pooler between, and the URL of the server itself
 */
export function openPostgres(
  at: string | DatabaseTarget,
  poolSize: number,
  log: Log,
  { directUrl, poolMode }: Pooling = { directUrl: null, poolMode: 'transaction' },
): Database {
  const target = typeof at === 'string' ? readDatabaseUrl(at) : at;
  const servers = serversOf(target, poolMode);
  /** For migrations and notifications, which need a session of the server for longer than a transaction. */
  const direct = directUrl === null ? servers : serversOf(readDirectUrl(directUrl), 'session');
  const { description } = target;
  for (const { warning } of new Set([target, direct.target])) if (warning !== null) log.warn(warning);
  let migrated = false;
  /** Whether the last attempt to migrate found no server that takes writes. */
  let isPrimaryMissing = false;
  const connections = openConnections({ servers, direct, poolSize, log, isMigrated: () => migrated });
  const { work, lookups, clock, watches } = connections;

  const requireTables = () => {
    if (!migrated) throw new DatabaseUnavailable();
  };

  /** @throws OperatorError when the role of the nodes may not read and write rows */
  const requireRights = async () => {
    const refused = await lookups.use(measureTimeoutMs, tablesWithoutRights);
    if (refused.length > 0) throw lackOfRights(description, refused);
  };

  /** Makes the database whose steps each have the time that `allow` gives. */
  const within = (allow: Allowance, requester: string, isTask: boolean): Database => ({
    description,
    clock,

    async migrate(options) {
      const looked = Promise.all(watches.map((watch) => watch.look()));
      // Where two servers take writes, the one that a failover has left behind must not be used even for a moment.
      if (target.servers.length > 1 || direct.target.servers.length > 1) await looked;
      await migrateServer(direct, options).catch((error: unknown) => {
        isPrimaryMissing = error instanceof NotPrimary;
        throw error;
      });
      await requireRights();
      await clock.measure();
      clock.follow();
      for (const watch of watches) watch.follow();
      // The first requests wait for no connection. One that cannot be made now is made when it is needed.
      await Promise.allSettled([work.warm(), lookups.warm()]);
      migrated = true;
    },

    async ready() {
      if (!migrated) return isPrimaryMissing ? 'READ_ONLY' : false;
      try {
        return await allow((ms) =>
          lookups.use(ms, async (db) => {
            if (!(await isMigrated(db))) return 'TABLES_MISSING';
            return (await tablesWithoutRights(db)).length === 0 || 'RIGHTS_MISSING';
          }),
        );
      } catch (error) {
        if (isRightMissing(error)) return 'RIGHTS_MISSING';
        return error instanceof NotPrimary ? 'READ_ONLY' : false;
      }
    },

    prepare(build) {
      const prepared = preparedOnce(build);
      return async (values) => {
        requireTables();
        return lookups.use(lookupTimeoutMs, (db) => prepared(db).execute(values));
      };
    },

    async read(look) {
      requireTables();
      return traced('database.read', () =>
        retryOnce(() => allow((ms) => work.use(ms, look, requester, isTask))),
      );
    },

    async transact(act) {
      requireTables();
      const once = () =>
        allow((ms) => work.use(ms, (db) => runTransaction(db, act, true), requester, isTask));
      return traced('database.transact', () => retryOnce(once));
    },

    forTasks: () => within(allow, requester, true),

    within: (totalMs, of = requester) => within(sharedTime(totalMs), of, isTask),

    async notify(channel, text) {
      // Beside the look-ups: a notification that a device waits for must not queue behind logins.
      await allow((ms) => lookups.use(ms, (db) => db.execute(sql`select pg_notify(${channel}, ${text})`)));
    },

    listen: connections.listen,
    connections: () => ({ work: work.counts(), lookups: lookups.counts() }),
    close: connections.close,
  });

  return within(eachStep, '', false);
}

interface ConnectionsParts {
  readonly servers: Servers;
  readonly direct: Servers;
  readonly poolSize: number;
  readonly log: Log;
  readonly isMigrated: () => boolean;
}

/**
 * Opens the pools, the clock and the listeners. Renews connections whose server has failed or is no longer the primary, and
 * measures the clock again over new ones.
 */
function openConnections({ servers, direct, poolSize, log, isMigrated }: ConnectionsParts) {
  const outage = createOutage(servers.target.description, log);
  const warnOnce = createWarnOnce(log);
  // On a new connection another server may answer, with a clock of its own.
  let isClockInDoubt = false;
  const onConnected = ({ pooler }: PostgresConnection) => {
    isClockInDoubt = true;
    if (pooler?.keepsPrepared === false) warnOnce(losesPrepared);
  };
  const onServed = () => {
    outage.served();
    if (!isClockInDoubt || !isMigrated()) return;
    isClockInDoubt = false;
    void clock.measure().catch(() => {
      isClockInDoubt = true;
    });
  };
  // Each pool renews its own connections only: a write that waits for a standby says nothing of the look-ups' connections.
  const open = (size: number): Pool => {
    const pool: Pool = openPool({
      servers,
      size,
      onConnected,
      onServed,
      onTrouble: (cause) => {
        outage.failed(cause);
        pool.renew();
        for (const watch of watches) watch.hurry();
      },
    });
    return pool;
  };
  const work = open(poolSize);
  const lookups = open(lookupConnections);
  const listeners: NotificationListener[] = [];
  const watches = [...new Set([servers, direct])].map((watched) =>
    createPrimaryWatch(watched, log, () => {
      for (const one of [work, lookups, ...listeners]) one.renew();
    }),
  );
  const clock = createDatabaseClock(
    (measure) => lookups.use(measureTimeoutMs, (db) => measure(() => readTime(db))),
    log,
  );

  return {
    work,
    lookups,
    watches,
    clock,
    listen(channel: string, listener: ChannelListener) {
      const onPooler = () => {
        warnOnce(cannotListen);
      };
      listeners.push(openNotificationListener(direct, channel, listener, onPooler));
    },
    async close() {
      clock.stop();
      for (const watch of watches) watch.close();
      await Promise.all([...listeners, work, lookups].map((one) => one.close()));
    },
  };
}

const losesPrepared =
  'DATABASE_URL: the pooler loses prepared statements, so statements take two round trips. PgBouncer keeps them from ' +
  'version 1.21 on, with max_prepared_statements.';

const cannotListen =
  'DATABASE_URL leads to a pooler, through which a node does not hear of the sessions that other nodes end: it tells ' +
  'their devices up to 10 s later. Set DATABASE_DIRECT_URL to the server itself, or DATABASE_POOL_MODE=session if the ' +
  'pooler keeps a session of the server for each connection.';

function createWarnOnce(log: Log): (message: string) => void {
  const logged = new Set<string>();
  return (message) => {
    if (logged.has(message)) return;
    logged.add(message);
    log.warn(message);
  };
}

/** Builds a query once for each connection that runs it. */
function preparedOnce<R>(build: (db: Db) => PreparedQuery<R>): (db: Db) => PreparedQuery<R> {
  const built = new WeakMap<Db, PreparedQuery<R>>();
  return (db) => {
    const known = built.get(db);
    if (known !== undefined) return known;
    const query = build(db);
    built.set(db, query);
    return query;
  };
}

/** Reads the server's time, in milliseconds since 1970. */
async function readTime(db: Db): Promise<number> {
  const ms = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::float8`;
  const [row] = await db.select({ ms }).from(sql`(values (1)) as one`);
  if (row === undefined) throw new DatabaseUnavailable();
  return row.ms;
}
