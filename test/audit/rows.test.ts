// The rows of the audit trail: committed with their operation or not at all, and deleted after their retention, as other expired
// rows are.

import { randomUUID } from 'node:crypto';

import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';

import {
  createFailureRecorder,
  listSecurityEvents,
  purgeSecurityEvents,
  recordByEmail,
  recordEvent,
} from '../../src/audit/events.js';
import { type Database } from '../../src/db/database.js';
import { rateLimits, securityEvents, users } from '../../src/db/schema/index.js';
import { maintain } from '../../src/maintenance.js';
import { rowsOf as rowsIn } from '../../src/rateLimit/counters.js';
import { logout, endOtherSessions } from '../../src/sessions/revoke.js';
import { isLive, mustOpen, newUser, openDatabase, rowsOf, servicesOver } from '../sessions/harness.js';
import { linkIn, run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { randomEmail, register } from '../support/operations.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';
import { happeningsOf } from './events.js';

const database = await openDatabase();
const dayMs = 86_400_000;
const minuteMs = 60_000;
const nowhere = { ip: null, userAgent: null };

/** Writes events of this age in days. */
async function oldEvents(userId: string, now: Date, daysAgo: number, count = 1): Promise<void> {
  const at = new Date(now.getTime() - daysAgo * dayMs);
  const event = { userId, kind: 'LOGIN', outcome: 'SUCCEEDED', at } as const;
  const rows = Array.from({ length: count }, () => ({ ...event, id: randomUUID() }));
  await database.read((db) => db.insert(securityEvents).values(rows));
}

async function countOf(userId: string): Promise<number> {
  return database.read((db) => db.$count(securityEvents, eq(securityEvents.userId, userId)));
}

it('the check constraints of each table MUST be short, since PostgreSQL parses them for each statement that writes', async () => {
  const found = await database.read((db) =>
    db.execute(
      sql`select conname as name, length(conbin::text) as length from pg_constraint where contype = 'c'
        and connamespace = 'hufu'::regnamespace order by length desc limit 1`,
    ),
  );
  const [longest] = rowsIn(found) as readonly { readonly name: string; readonly length: number }[];
  expect(longest?.length, longest?.name).toBeLessThan(10_000);
});

describe('AUDIT-07 an operation and its event MUST be committed together', () => {
  it('without an event when the transaction fails', async () => {
    const userId = await newUser(database);
    const services = servicesOver(database);
    const session = await mustOpen(services, userId);
    const failing: Database = {
      ...database,
      transact: (work) =>
        database.transact(async (tx) => {
          await work(tx);
          throw new Error('the end of the transaction');
        }),
    };
    await expect(logout({ ...services, database: failing }, session, nowhere)).rejects.toThrow('the end');
    expect(await countOf(userId)).toBe(0);
    expect((await rowsOf(database, userId)).filter(isLive)).toHaveLength(1);
    await logout(services, session, nowhere);
    expect(await countOf(userId)).toBe(1);
  });

  it('without a change when the event cannot be written', async () => {
    const own = await openDatabase();
    const services = servicesOver(own, { limit: 0 });
    const userId = await newUser(own);
    const one = await mustOpen(services, userId);
    await mustOpen(services, userId);
    await own.read((db) => db.execute(sql`alter table hufu.security_events rename to elsewhere`));
    await expect(logout(services, one, nowhere)).rejects.toThrow();
    await expect(endOtherSessions(services, one, nowhere)).rejects.toThrow();
    expect((await rowsOf(own, userId)).filter(isLive)).toHaveLength(2);
  });

  it('without an event of a change that the database refuses', async () => {
    const smtp = await startSmtp();
    const { url } = await startNode({ env: { SMTP_URL: smtp.url, MAIL_FROM: 'Hufu <mail@hufu.test>' } });
    const { token } = await register(url);
    const newEmail = randomEmail();
    await run(url, 'requestEmailChange', { newEmail }, token);
    const link = linkIn(await smtp.next(newEmail));
    const other = await register(url, { email: newEmail });
    expect(await run(url, 'confirmEmailChange', { token: link.token })).toMatchObject({
      __typename: 'EmailTaken',
    });
    expect(await happeningsOf(url, token)).toEqual(['REGISTER SUCCEEDED', 'REQUEST_EMAIL_CHANGE SUCCEEDED']);
    expect(await happeningsOf(url, other.token)).toEqual(['REGISTER SUCCEEDED']);
  });

  it('and the database refuses an outcome that the kind cannot have', async () => {
    const userId = await newUser(database);
    const row = {
      id: randomUUID(),
      userId,
      kind: 'LOGOUT',
      outcome: 'WRONG_PASSWORD',
      at: new Date(0),
    } as const;
    await expect(database.read((db) => db.insert(securityEvents).values(row))).rejects.toThrow();
    expect(await countOf(userId)).toBe(0);
  });
});

describe('AUDIT-08 an event of a refusal that is recorded by e-mail', () => {
  const refusal = { kind: 'LOGIN', sessionId: null, device: { kind: 'TV', name: 'Den "1"' } } as const;
  const clientInfo = { ip: '192.0.2.1', userAgent: 'x'.repeat(512) };

  async function keyOf(userId: string): Promise<string> {
    const [user] = await database.read((db) => db.select().from(users).where(eq(users.id, userId)));
    return user?.emailKey ?? '';
  }

  it('MUST be stored for its account with a bounded text, and not for a deleted or an unknown account', async () => {
    const userId = await newUser(database);
    const gone = await newUser(database);
    const goneKey = await keyOf(gone);
    const anonymous = { email: null, emailKey: null, passwordHash: null, deletedAt: new Date(0) };
    await database.read((db) => db.update(users).set(anonymous).where(eq(users.id, gone)));
    const at = new Date('2026-01-31T09:30:00.123Z');
    const events = [await keyOf(userId), goneKey, randomEmail()].map(
      (emailKey) => ({ ...refusal, outcome: 'WRONG_PASSWORD', clientInfo, emailKey, at }) as const,
    );
    await database.read((db) => recordByEmail(db, events));
    const page = await listSecurityEvents({ database }, { userId, first: 10, after: null });
    expect(page).toMatchObject({
      entries: [
        { ...refusal, outcome: 'WRONG_PASSWORD', userAgent: 'x'.repeat(512), ipAddress: '192.0.2.1', at },
      ],
    });
    expect(await countOf(gone)).toBe(0);
  });

  it.each([
    'TOO_MANY_ATTEMPTS',
    'ACCOUNT_DISABLED',
    'EMAIL_NOT_VERIFIED',
    'SESSION_LIMIT_REACHED',
    'COPIED_PASSKEY',
    'SUCCEEDED',
  ] as const)(
    'MUST be stored once a minute when a client can repeat it without limit: %s',
    async (repeated) => {
      const userId = await newUser(database);
      const other = await newUser(database);
      const clock = createTestClock();
      const write = async (outcome: typeof repeated | 'WRONG_PASSWORD', id: string, times: number) => {
        const event = {
          ...refusal,
          outcome,
          clientInfo,
          emailKey: await keyOf(id),
          at: clock.now(),
        } as const;
        const some = Array.from({ length: times }, () => event);
        await Promise.all([1, 2].map(() => database.read((db) => recordByEmail(db, some))));
      };
      await write(repeated, userId, 20);
      clock.turn(minuteMs - 1);
      await write(repeated, userId, 20);
      await write(repeated, other, 1);
      expect([await countOf(userId), await countOf(other)]).toEqual([1, 1]);
      clock.turn(1);
      await write(repeated, userId, 1);
      await write('WRONG_PASSWORD', userId, 3);
      expect(await countOf(userId)).toBe(2 + 2 * 3);
    },
  );

  it('MUST be stored once a minute for each kind, so that one kind does not hide another', async () => {
    const userId = await newUser(database);
    const { background } = servicesOver(database);
    const refusals = createFailureRecorder(database, background);
    const emailKey = await keyOf(userId);
    for (const kind of ['LOGIN', 'CONFIRM_IDENTITY', 'LOGIN'] as const)
      refusals.note({ ...refusal, kind, outcome: 'COPIED_PASSKEY', clientInfo, emailKey, at: new Date(0) });
    await background.drained();
    expect(await countOf(userId)).toBe(2);
  });

  it('MUST wait in a bounded queue, and be written in few statements', async () => {
    const userId = await newUser(database);
    const { background } = servicesOver(database);
    const event = {
      ...refusal,
      outcome: 'WRONG_PASSWORD',
      clientInfo,
      emailKey: await keyOf(userId),
    } as const;
    let statements = 0;
    const counted: Pick<Database, 'read'> = {
      read: (work) => {
        statements += 1;
        return database.read(work);
      },
    };
    const refusals = createFailureRecorder(counted, background);
    for (let n = 0; n < 5_000; n += 1) refusals.note({ ...event, at: new Date(n) });
    await background.drained();
    expect(await countOf(userId)).toBe(2_000);
    expect(statements).toBe(10);
    refusals.note({ ...event, at: new Date(0) });
    await background.drained();
    expect(await countOf(userId)).toBe(2_001);
  });

  it('MUST NOT be displaced by repeated events of another kind', async () => {
    const [loud, quiet] = [await newUser(database), await newUser(database)];
    const { background } = servicesOver(database);
    const refusals = createFailureRecorder(database, background);
    const event = { ...refusal, clientInfo, at: new Date(0) } as const;
    const repeated = { ...event, outcome: 'SESSION_LIMIT_REACHED', emailKey: await keyOf(loud) } as const;
    for (let n = 0; n < 5_000; n += 1) refusals.note(repeated);
    refusals.note({ ...event, outcome: 'WRONG_PASSWORD', emailKey: await keyOf(quiet) });
    await background.drained();
    expect([await countOf(loud), await countOf(quiet)]).toEqual([1, 1]);
  });
});

describe('AUDIT-09 old events', () => {
  it('MUST be deleted after their retention, and not before', async () => {
    const clock = createTestClock();
    const userId = await newUser(database);
    await oldEvents(userId, clock.now(), 365);
    await database.transact((tx) => {
      const about = { userId, sessionId: null, device: null, clientInfo: nowhere };
      recordEvent(tx, { kind: 'LOGOUT', outcome: 'SUCCEEDED', ...about }, clock.now());
      return Promise.resolve();
    });
    await purgeSecurityEvents({ database, clock }, 365);
    expect(await countOf(userId)).toBe(2);
    clock.turn(1);
    await purgeSecurityEvents({ database, clock }, 365);
    expect(await countOf(userId)).toBe(1);
  });

  it('MUST be deleted in batches, each by one node', async () => {
    const clock = createTestClock();
    const userId = await newUser(database);
    await purgeSecurityEvents({ database, clock }, 40);
    await oldEvents(userId, clock.now(), 41, 1_200);
    const sizes: number[] = [];
    const counted: Database = {
      ...database,
      transact: (work) =>
        database.transact(async (tx) => {
          const gone = await work(tx);
          if (Array.isArray(gone)) sizes.push(gone.length);
          return gone;
        }),
    };
    const nodes = [1, 2].map(() => purgeSecurityEvents({ database: counted, clock }, 40));
    const counts = await Promise.all(nodes);
    expect(counts.reduce((sum, count) => sum + count)).toBe(1_200);
    expect(sizes.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...sizes)).toBe(500);
    expect(await countOf(userId)).toBe(0);
  });
});

describe('TIDY-01 maintenance', () => {
  it('MUST delete expired counts, old events and old ended sessions, and nothing else', async () => {
    const clock = createTestClock();
    const services = servicesOver(database, { ttlSeconds: 60 }, clock);
    const now = clock.now();
    const userId = await newUser(database);
    const session = await mustOpen(services, userId);
    await oldEvents(userId, now, 0);
    const expire = (ms: number) => new Date(now.getTime() + ms);
    const counts = Array.from({ length: 700 }, (_, n) => ({
      key: `over:${String(n)}`,
      points: 1,
      expire: expire(-1),
    }));
    await database.read((db) =>
      db
        .insert(rateLimits)
        .values([
          ...counts,
          { key: 'just now', points: 1, expire: expire(0) },
          { key: 'not yet', points: 10, expire: expire(minuteMs) },
          { key: 'without an end', points: 1, expire: null },
        ]),
    );
    const keys = async () => {
      const rows = await database.read((db) => db.select().from(rateLimits).orderBy(rateLimits.key));
      return rows.map(({ key }) => key);
    };
    const round = async () => {
      maintain(services, { sessionHistoryDays: 2, securityEventsDays: 1 });
      await services.background.drained();
    };

    await round();
    expect(await keys()).toEqual(['just now', 'not yet', 'without an end']);
    expect(await countOf(userId)).toBe(1);
    clock.turn(minuteMs + 1);
    await round();
    expect(await keys()).toEqual(['without an end']);
    expect(await rowsOf(database, userId)).toMatchObject([{ id: session.id, endReason: 'EXPIRED' }]);
    clock.turn(dayMs);
    await round();
    expect(await countOf(userId)).toBe(0);
    expect(await rowsOf(database, userId)).toHaveLength(1);
    clock.turn(dayMs);
    await round();
    expect(await rowsOf(database, userId)).toHaveLength(0);
  });

  it('MUST continue after one of its tasks fails', async () => {
    const own = await openDatabase();
    const clock = createTestClock();
    const services = servicesOver(own, {}, clock);
    const expired = { key: 'over', points: 1, expire: new Date(clock.now().getTime() - 1) };
    await own.read((db) => db.insert(rateLimits).values(expired));
    await own.read((db) => db.execute(sql`alter table hufu.security_events rename to elsewhere`));
    maintain(services, { sessionHistoryDays: 90, securityEventsDays: 365 });
    await services.background.drained();
    expect(await own.read((db) => db.$count(rateLimits))).toBe(0);
  });
});
