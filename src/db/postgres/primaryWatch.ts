// Finds out that a failover took place although the old primary goes on running, or that a host now leads to another
// server. A promotion begins a new timeline: of two servers of one cluster that take writes, the one with the higher
// timeline is the primary, and the other one is left behind. It looks over connections of its own, never for a request.

import { sql } from 'drizzle-orm';

import { type DatabaseServer, describeServer } from '../../config/databaseUrl.js';
import { type Log } from '../../observability/log.js';
import { withTimeout } from '../deadline.js';
import { isUnavailable, NotPrimary } from '../errors.js';
import { connectTo, type Servers } from './connection.js';

export interface PrimaryWatch {
  /** Looks at every server now; never throws. Calls at the same time share one look. */
  look(): Promise<void>;
  /** Looks at every server every 10 s from now on. */
  follow(): void;
  /** Looks within a second, since a piece of work has failed. */
  hurry(): void;
  close(): void;
}

/** The time between two looks, and the time to the next one after trouble, in milliseconds. */
const lookEveryMs = 10_000;
const lookAgainMs = 1_000;

/** The longest that a server may take to tell its state, in milliseconds. */
const askTimeoutMs = 3_000;

/** The state of a server when it was reached last. */
interface Seen {
  /** The cluster's identifier and the timeline as 8 hexadecimal digits; null where the server does not tell. */
  readonly lineage: { readonly system: string; readonly timeline: string } | null;
  readonly isPrimary: boolean;
}

const lineageStatement = sql`select system_identifier::text as system,
  left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) as timeline from pg_catalog.pg_control_system()`;

/**
 * Creates the watch of a target's servers. It keeps `servers.leftBehind` up to date.
 *
 * @param onMoved called when connections may lead to a server that is no longer the primary
 */
export function createPrimaryWatch(servers: Servers, log: Log, onMoved: () => void): PrimaryWatch {
  const seen = new Map<DatabaseServer, Seen>();
  const stopping = new AbortController();
  /** The servers that are left behind and still run, as the log has said. */
  let reported: ReadonlySet<DatabaseServer> = new Set();
  let looking: Promise<void> | null = null;
  let lookedAt = performance.now();
  let isHurried = false;
  let timer: NodeJS.Timeout | undefined;

  /** Asks a server for its state; null when it cannot be reached, which says nothing about a promotion. */
  const ask = async (server: DatabaseServer): Promise<Seen | null> => {
    const options = { servers, statementTimeoutMs: askTimeoutMs, idleSeconds: null, signal: stopping.signal };
    try {
      const { db, drop } = await connectTo(server, options);
      try {
        const [lineage] = await withTimeout(askTimeoutMs, () =>
          db.execute<{ system: string; timeline: string }>(lineageStatement),
        );
        return { isPrimary: true, lineage: lineage ?? null };
      } catch (error) {
        // Other servers that speak PostgreSQL's protocol do not have these functions.
        return isUnavailable(error) ? null : { isPrimary: true, lineage: null };
      } finally {
        drop();
      }
    } catch (error) {
      return error instanceof NotPrimary ? { isPrimary: false, lineage: null } : null;
    }
  };

  const compare = async () => {
    let hasChanged = false;
    const answers = await Promise.all(
      servers.target.servers.map(async (server) => [server, await ask(server)] as const),
    );
    for (const [server, now] of answers) {
      const before = seen.get(server);
      if (now === null) continue;
      seen.set(server, now);
      if (before !== undefined && !isSame(before, now)) hasChanged = true;
    }
    const leftBehind = new Set<DatabaseServer>();
    for (const [server, one] of seen)
      if ([...seen.values()].some((other) => isNewer(other, one))) leftBehind.add(server);
    if ([...leftBehind].some((server) => !servers.leftBehind.has(server))) hasChanged = true;
    servers.leftBehind = leftBehind;
    // One that is down since the failover is left behind as well, and is not reported.
    const running = answers.flatMap(([server, now]) =>
      now !== null && leftBehind.has(server) ? [server] : [],
    );
    const unreported = running.filter((server) => !reported.has(server));
    reported = new Set(running);
    if (unreported.length > 0) {
      log.warn(
        `DATABASE_URL: a failover has left ${unreported.map(describeServer).join(',')} behind, which still takes writes. ` +
          'It is used no longer. Stop it, or make it a standby.',
      );
    }
    if (hasChanged) onMoved();
  };

  const look = () => {
    isHurried = false;
    looking ??= compare().finally(() => {
      looking = null;
      lookedAt = performance.now();
    });
    return looking;
  };

  return {
    look,
    follow() {
      timer ??= setInterval(() => {
        if (isHurried || performance.now() - lookedAt >= lookEveryMs) void look();
      }, lookAgainMs).unref();
    },
    hurry() {
      isHurried = true;
    },
    close() {
      clearInterval(timer);
      stopping.abort();
    },
  };
}

function isSame(one: Seen, other: Seen): boolean {
  return (
    one.isPrimary === other.isPrimary &&
    one.lineage?.system === other.lineage?.system &&
    one.lineage?.timeline === other.lineage?.timeline
  );
}

/** Tells whether one server is the primary after a failover that has left the other behind. */
function isNewer({ lineage: one }: Seen, { lineage: other }: Seen): boolean {
  return one !== null && other !== null && one.system === other.system && one.timeline > other.timeline;
}
