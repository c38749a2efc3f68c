// The session lookup reads its row as one text with separators, so each column has a value of its own here, and every client text
// contains the separator.

import { randomUUID } from 'node:crypto';

import { eq, sql } from 'drizzle-orm';
import { expect, it } from 'vitest';

import { type Database } from '../../src/db/database.js';
import { sessions, users } from '../../src/db/schema/index.js';
import { createSessionLookup } from '../../src/sessions/lookup.js';
import { newUser, openDatabase } from './harness.js';

const moment = (second: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, second, 567));

const emailOf = (userId: string) => `a|${userId}@example.com`;

interface Made {
  readonly userId: string;
  readonly older: string;
  readonly newer: string;
}

/** Inserts a user with two sessions, of which the newer superseded the older. */
async function twoSessions(database: Database): Promise<Made> {
  const userId = await newUser(database);
  const older = randomUUID();
  const newer = randomUUID();
  const shared = {
    userId,
    idempotencyKey: randomUUID(),
    methods: ['PASSWORD' as const, 'TOTP' as const],
    provedAt: moment(9),
    signedInAt: moment(1),
    expiresAt: moment(3),
  };
  await database.transact(async (tx) => {
    await tx.insert(sessions).values({
      ...shared,
      id: newer,
      slot: '1|',
      deviceKind: 'MOBILE',
      deviceName: 'a|phone',
      lastSeenAt: moment(1),
    });
    await tx.insert(sessions).values({
      ...shared,
      id: older,
      slot: '0|',
      deviceKind: 'DESKTOP',
      deviceName: 'a|desk',
      userAgent: 'an|agent',
      ip: '192.0.2.1',
      lastSeenAt: moment(2),
      endedAt: moment(4),
      endReason: 'SUPERSEDED',
      supersededBy: newer,
    });
    await tx
      .update(users)
      .set({
        // RFC 5321 allows `|` before the @.
        email: emailOf(userId),
        emailVerifiedAt: moment(5),
        createdAt: moment(6),
        lastLoginAt: moment(7),
        disabledAt: moment(8),
      })
      .where(eq(users.id, userId));
  });
  return { userId, older, newer };
}

it('the lookup reads every column into its field', async () => {
  const database = await openDatabase();
  const { userId, older, newer } = await twoSessions(database);
  const user = {
    id: userId,
    email: emailOf(userId),
    emailVerifiedAt: moment(5),
    createdAt: moment(6),
    lastLoginAt: moment(7),
    methods: ['PASSWORD'],
  };
  const lookup = createSessionLookup(database);

  expect(await Promise.all([lookup(older), lookup(newer), lookup(randomUUID())])).toEqual([
    {
      session: {
        id: older,
        userId,
        slot: '0|',
        device: { kind: 'DESKTOP', name: 'a|desk' },
        userAgent: 'an|agent',
        ipAddress: '192.0.2.1',
        methods: ['PASSWORD', 'TOTP'],
        provedAt: moment(9),
        signedInAt: moment(1),
        lastSeenAt: moment(2),
        expiresAt: moment(3),
        endedAt: moment(4),
        endReason: 'SUPERSEDED',
        supersededBy: newer,
      },
      user,
      disabledAt: moment(8),
      supersededBy: { kind: 'MOBILE', name: 'a|phone' },
    },
    {
      session: {
        id: newer,
        userId,
        slot: '1|',
        device: { kind: 'MOBILE', name: 'a|phone' },
        userAgent: null,
        ipAddress: null,
        methods: ['PASSWORD', 'TOTP'],
        provedAt: moment(9),
        signedInAt: moment(1),
        lastSeenAt: moment(1),
        expiresAt: moment(3),
        endedAt: null,
        endReason: null,
        supersededBy: null,
      },
      user,
      disabledAt: moment(8),
      supersededBy: null,
    },
    null,
  ]);
});

it('the lookup finds each row by its index, also where the planner could scan small tables', async () => {
  const database = await openDatabase();
  const ids = Array.from({ length: 8 }, () => randomUUID());
  await database.read(async (db) => {
    await db.execute(sql`insert into ${users} (id, email, email_key, password_hash, created_at)
      select gen_random_uuid(), n::text, n::text, 'none', now() from generate_series(1, 1000) n`);
    await db.execute(sql`insert into ${sessions}
      (id, user_id, slot, device_kind, methods, proved_at, signed_in_at, last_seen_at, expires_at)
      select gen_random_uuid(), id, 'only', 'WEB', '{PASSWORD}', now(), now(), now(), now() + interval '1 day' from ${users}`);
    await db.execute(sql`analyze ${users}, ${sessions}`);
  });
  const plan = await database.read((db) => {
    let text = '';
    createSessionLookup({
      clock: database.clock,
      prepare: (build) => {
        text = (build(db) as unknown as { getQuery(): { sql: string } }).getQuery().sql;
        return () => new Promise<never>(() => undefined);
      },
    });
    const values = text.replace(/\$\d(?=::uuid)/, `'{${ids.join(',')}}'`).replaceAll(/\$\d/g, '1');
    return db.execute(sql.raw(`explain ${values}`));
  });
  expect(JSON.stringify(plan)).toContain('users_pkey');
  expect(JSON.stringify(plan)).not.toContain('Seq Scan');
});

it('the lookup runs one query at a time where the database is near, and more where it is far', async () => {
  const queriesAtOnce = async (roundTripMs: number) => {
    let queries = 0;
    const lookup = createSessionLookup({
      clock: { offset: () => ({ aheadMs: 0, errorMs: 12, roundTripMs }) },
      prepare: () => () => {
        queries += 1;
        return new Promise<never>(() => undefined);
      },
    });
    for (let asked = 0; asked < 3; asked += 1) {
      void lookup(randomUUID());
      await new Promise((resolve) => setImmediate(resolve));
    }
    return queries;
  };
  expect([await queriesAtOnce(1), await queriesAtOnce(20)]).toEqual([1, 2]);
});

it('the lookup returns no user for a deleted account', async () => {
  const database = await openDatabase();
  const { userId, older } = await twoSessions(database);
  await database.read((db) =>
    db
      .update(users)
      .set({ email: null, emailKey: null, passwordHash: null, deletedAt: moment(9) })
      .where(eq(users.id, userId)),
  );

  expect(await createSessionLookup(database)(older)).toMatchObject({ session: { id: older }, user: null });
});
