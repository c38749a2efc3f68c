// Time and rows: a session that expires without a request gets its end, and old ended rows are purged.

import { randomUUID } from 'node:crypto';

import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';

import { sessions, users } from '../../src/db/schema/index.js';
import { sessionStateOf, touch } from '../../src/sessions/authenticate.js';
import { endExpiredUnseen } from '../../src/sessions/expire.js';
import { endIdleUnseen } from '../../src/sessions/idle.js';
import { purgeEndedSessions } from '../../src/sessions/purge.js';
import { type EndReason } from '../../src/sessions/types.js';
import { createTestClock } from '../support/clock.js';
import { isLive, mustOpen, newUser, openDatabase, rowsOf, servicesOver } from './harness.js';

const database = await openDatabase();
const dayMs = 86_400_000;

interface Times {
  readonly now: Date;
  readonly endedDaysAgo: number;
  readonly expiredDaysAgo: number;
}

/** Inserts sessions with an end and an expiry the given days ago, and returns the id of the first. */
async function endedSessions(userId: string, { now, endedDaysAgo, expiredDaysAgo }: Times, count = 1) {
  const signedInAt = new Date(now.getTime() - 400 * dayMs);
  const rows = Array.from({ length: count }, () => ({
    id: randomUUID(),
    userId,
    slot: 'only',
    deviceKind: 'OTHER' as const,
    methods: ['PASSWORD' as const],
    provedAt: signedInAt,
    signedInAt,
    lastSeenAt: signedInAt,
    expiresAt: new Date(now.getTime() - expiredDaysAgo * dayMs),
    endedAt: new Date(now.getTime() - endedDaysAgo * dayMs),
    endReason: 'LOGGED_OUT' as const,
  }));
  await database.read((db) => db.insert(sessions).values(rows));
  return rows[0]?.id;
}

describe('PURGE-01 old ended sessions', () => {
  it('MUST be purged after the history time, and never before their token has expired', async () => {
    const clock = createTestClock();
    const services = servicesOver(database, {}, clock);
    const userId = await newUser(database);
    const now = clock.now();
    await endedSessions(userId, { now, endedDaysAgo: 91, expiredDaysAgo: 1 });
    const unexpired = await endedSessions(userId, { now, endedDaysAgo: 91, expiredDaysAgo: -1 });
    const recent = await endedSessions(userId, { now, endedDaysAgo: 89, expiredDaysAgo: 1 });
    const live = await mustOpen(services, userId);

    expect(await purgeEndedSessions(services, 90)).toBe(1);
    const left = (await rowsOf(database, userId)).map(({ id }) => id);
    expect(new Set(left)).toEqual(new Set([unexpired, recent, live.id]));
    expect(await purgeEndedSessions(services, 0)).toBe(1);
    expect((await rowsOf(database, userId)).map(({ id }) => id)).not.toContain(recent);
  });

  it('MUST be purged without the session that they superseded', async () => {
    const clock = createTestClock();
    const services = servicesOver(database, { ttlSeconds: 60 }, clock);
    const userId = await newUser(database);
    const long = await mustOpen(servicesOver(database, { ttlSeconds: 86_400 }, clock), userId);
    const short = await mustOpen(services, userId);
    clock.turn(60_000);
    await endExpiredUnseen(services);
    clock.turn(60_000);
    expect(await purgeEndedSessions(services, 0)).toBe(1);
    expect(await rowsOf(database, userId)).toMatchObject([
      { id: long.id, endReason: 'SUPERSEDED', supersededBy: null },
    ]);
    expect(short.id).not.toBe(long.id);
  });

  it('MUST be found behind more than one batch of sessions whose tokens have not expired', async () => {
    const clock = createTestClock();
    const services = servicesOver(database, {}, clock);
    const userId = await newUser(database);
    const now = clock.now();
    await endedSessions(userId, { now, endedDaysAgo: 120, expiredDaysAgo: -1 }, 1_100);
    await endedSessions(userId, { now, endedDaysAgo: 100, expiredDaysAgo: 1 });
    expect(await purgeEndedSessions(services, 90)).toBe(1);
    expect(await rowsOf(database, userId)).toHaveLength(1_100);
    await database.read((db) => db.delete(sessions).where(eq(sessions.userId, userId)));
  });

  it('MUST be purged in batches, each by one node', async () => {
    const clock = createTestClock();
    const userId = await newUser(database);
    await endedSessions(userId, { now: clock.now(), endedDaysAgo: 100, expiredDaysAgo: 50 }, 1_200);
    const nodes = [servicesOver(database, {}, clock), servicesOver(database, {}, clock)];
    const counts = await Promise.all(nodes.map((node) => purgeEndedSessions(node, 90)));
    expect(counts.reduce((sum, count) => sum + count)).toBe(1_200);
    expect(await rowsOf(database, userId)).toHaveLength(0);
  });
});

describe('PURGE-02 a session that becomes idle without a request', () => {
  it('MUST end as IDLE, at the moment at which it became idle', async () => {
    const clock = createTestClock();
    const services = servicesOver(database, { limit: 0, ttlSeconds: 3_600, idleSeconds: 600 }, clock);
    const userId = await newUser(database);
    const idle = await mustOpen(services, userId);
    clock.turn(599_999);
    const fresh = await mustOpen(services, userId);
    await endIdleUnseen(services);
    expect((await rowsOf(database, userId)).filter(isLive)).toHaveLength(2);
    clock.turn(1);
    expect(await endIdleUnseen(services)).toBeGreaterThan(0);
    expect(await endIdleUnseen(services)).toBe(0);
    const rows = await rowsOf(database, userId);
    expect(rows.filter(isLive).map(({ id }) => id)).toEqual([fresh.id]);
    expect(rows.find(({ id }) => id === idle.id)).toMatchObject({
      endReason: 'IDLE' satisfies EndReason,
      endedAt: new Date(idle.signedInAt.getTime() + 600_000),
    });
  });
});

describe('PURGE-06 an expired session behind those of a disabled account', () => {
  it('MUST end, although more than one batch of theirs has no end', async () => {
    const clock = createTestClock();
    const services = servicesOver(database, { ttlSeconds: 3_600 }, clock);
    const disabled = await newUser(database);
    const now = clock.now();
    const unended = Array.from({ length: 600 }, () => {
      const id = randomUUID();
      const times = {
        provedAt: now,
        signedInAt: now,
        lastSeenAt: now,
        expiresAt: new Date(now.getTime() + 1_000),
      };
      return {
        id,
        userId: disabled,
        slot: id,
        deviceKind: 'OTHER' as const,
        methods: ['PASSWORD' as const],
        ...times,
      };
    });
    await database.read((db) => db.insert(sessions).values(unended));
    await database.read((db) => db.update(users).set({ disabledAt: now }).where(eq(users.id, disabled)));
    const userId = await newUser(database);
    await mustOpen(services, userId);
    clock.turn(3_600_000);
    await endExpiredUnseen(services);
    expect((await rowsOf(database, userId)).filter(isLive)).toEqual([]);
    // The sessions of the disabled account end as ACCOUNT_DISABLED when it is enabled.
    expect((await rowsOf(database, disabled)).filter(isLive)).toHaveLength(600);
    await database.read((db) => db.delete(sessions).where(eq(sessions.userId, disabled)));
  });
});

describe('PURGE-03 live sessions', () => {
  it('MUST be found by an index when they have expired', async () => {
    const plan = await database.transact(async (tx) => {
      await tx.execute(sql`set local enable_seqscan = off`);
      return tx.execute(
        sql`explain select * from ${sessions} where ended_at is null and expires_at <= now() limit 500`,
      );
    });
    expect(JSON.stringify(plan)).toContain('sessions_live_by_end');
  });

  it('MUST NOT have an index that each request would update', async () => {
    const found = await database.read((db) =>
      db
        .select({ name: sql`indexname` })
        .from(sql`pg_indexes`)
        .where(sql`tablename = 'sessions' and indexdef like '%last_seen_at%'`),
    );
    expect(found).toEqual([]);
  });
});

describe('IDLE-01 an unused session', () => {
  it('MUST stay refused when SESSION_IDLE_SECONDS is raised after it was refused as IDLE', async () => {
    const clock = createTestClock();
    const strict = servicesOver(database, { idleSeconds: 60 }, clock);
    const session = await mustOpen(strict, await newUser(database));
    clock.turn(60_000);
    expect(await sessionStateOf(strict, session.id)).toMatchObject({ kind: 'rejected', reason: 'IDLE' });
    const lax = servicesOver(database, { idleSeconds: 6_000 }, clock);
    expect(await sessionStateOf(lax, session.id)).toMatchObject({ kind: 'rejected', reason: 'IDLE' });
    expect(await sessionStateOf(servicesOver(database, {}, clock), session.id)).toMatchObject({
      reason: 'IDLE',
    });
  });

  it('MUST stay live while it is used, with last_seen_at written at least every tenth of the idle time', async () => {
    const clock = createTestClock();
    const services = servicesOver(database, { idleSeconds: 60 }, clock);
    const userId = await newUser(database);
    const { id } = await mustOpen(services, userId);
    for (let step = 0; step < 30; step += 1) {
      clock.turn(6_000);
      const [session] = await rowsOf(database, userId);
      if (session === undefined) throw new Error('no session');
      expect(await sessionStateOf(services, id)).toMatchObject({ kind: 'active' });
      touch(services, session, clock.now());
      await services.background.drained();
      expect((await rowsOf(database, userId))[0]?.lastSeenAt).toEqual(clock.now());
    }
  });

  it('MUST have last_seen_at written at most once a minute without an idle time', async () => {
    const clock = createTestClock();
    const services = servicesOver(database, {}, clock);
    const userId = await newUser(database);
    const { signedInAt } = await mustOpen(services, userId);
    const noted: number[] = [];
    for (let second = 1; second <= 150; second += 1) {
      clock.turn(1_000);
      const [session] = await rowsOf(database, userId);
      if (session === undefined) throw new Error('no session');
      touch(services, session, clock.now());
      await services.background.drained();
      const [after] = await rowsOf(database, userId);
      if (after?.lastSeenAt.getTime() !== session.lastSeenAt.getTime()) noted.push(second);
    }
    expect(signedInAt).toEqual(new Date(clock.now().getTime() - 150_000));
    expect(noted).toEqual([60, 120]);
  });

  it('MUST NOT have last_seen_at written after it has ended', async () => {
    const clock = createTestClock();
    const services = servicesOver(database, { idleSeconds: 60 }, clock);
    const userId = await newUser(database);
    const session = await mustOpen(services, userId);
    clock.turn(60_000);
    await sessionStateOf(services, session.id);
    touch(services, session, clock.now());
    await services.background.drained();
    expect((await rowsOf(database, userId))[0]).toMatchObject({ lastSeenAt: session.lastSeenAt });
  });
});
